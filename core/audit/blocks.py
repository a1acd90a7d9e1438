"""Rows sealed in blocks, each upon the one before: what the audit trail and the books of the money have in common."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db.backends.utils import CursorWrapper

from core.shanghai import to_the_microsecond
from core.signing.sm3 import sm3

BEGINNING = bytes(32)
_ROWS_AT_ONCE = 5000

Content = tuple[int, bytes]  # how many rows there are in a block, and SM3 over all of them


class Seal(Protocol):
    """A sealed block, whichever table holds it: from the end of the one before to `until`."""

    no: Any
    until: Any
    entries: Any
    digest: Any
    hash: Any


class Finding(NamedTuple):
    """What is wrong at which seal: `missing`, `link`, `count` or `content`, and its particulars."""

    no: int
    what: str
    facts: dict[str, Any]


def lines_of(cursor: CursorWrapper) -> Iterator[str]:
    """The one column of what was asked; a few thousand rows are in memory at a time."""
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield from (line for (line,) in rows)


def content_of(lines: Iterable[str]) -> Content:
    """How many there are, and SM3 over all of them."""
    count, hashed = 0, Hash(SM3())
    for count, line in enumerate(lines, 1):  # noqa: B007 - the last one is how many
        hashed.update(f"{line}\n".encode())
    return count, hashed.finalize()


def link(head: bytes, no: int, until: datetime, entries: int, digest: bytes, *, of: str = "") -> bytes:
    """The hash of a seal: over the one before and what this one says; `of` what, where one table holds several chains."""
    said = (*([of] if of else []), no, to_the_microsecond(until), entries, digest.hex())
    return sm3(head, "|".join(map(str, said)).encode())


def findings(
    seals: Iterable[Seal],
    *,
    of: str = "",
    content: Callable[[datetime | None, datetime], Content],
    kept: Callable[[Seal], bool] = lambda seal: True,
) -> Iterator[Finding]:
    """Recompute a chain: its links, and by `content` the blocks whose rows are `kept` still."""
    head, expected, since = BEGINNING, 1, None
    for seal in seals:
        digest = bytes(seal.digest)
        if seal.no != expected:
            yield Finding(expected, "missing", {})
        elif bytes(seal.hash) != link(head, seal.no, seal.until, seal.entries, digest, of=of):
            yield Finding(seal.no, "link", {})
        if kept(seal):
            count, found = content(since, seal.until)
            if count != seal.entries:
                yield Finding(seal.no, "count", {"sealed": seal.entries, "found": count})
            elif found != digest:
                yield Finding(seal.no, "content", {"sealed": seal.entries})
        head, expected, since = bytes(seal.hash), seal.no + 1, seal.until
