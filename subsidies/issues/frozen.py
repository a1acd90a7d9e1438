"""Rows of a figure as they are kept with an issue: CSV, packed. The same rows give the same bytes."""

import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple


class FrozenRow(NamedTuple):
    """A row as it was: id, what it was called, its day, what else was said, what it added, whether it came late."""

    pk: int
    label: str
    day: str
    note: str
    value: int
    late: bool


def pack(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows in the order of their ids, as `figure.ROW` names their columns."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\n").writerow
    for pk, label, day, note, value, late in rows:
        write((pk, label or "", day or "", note or "", value, int(late)))
    return zlib.compress(out.getvalue().encode(), 9)


def unpack(packed: bytes | memoryview) -> Iterator[FrozenRow]:
    """The rows again. Raises zlib.error where it is not what `pack` made."""
    text = zlib.decompress(bytes(packed)).decode()
    for pk, label, day, note, value, late in csv.reader(io.StringIO(text, newline="")):
        yield FrozenRow(int(pk), label, day, note, int(value), late == "1")
