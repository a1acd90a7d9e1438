"""A sheet's part as bytes: block by block, without runs of rows that hold nothing but styles; and its merged ranges.

A deleted table, or a border around whole columns, leaves a million such rows, and to parse them takes minutes.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from django.utils.translation import gettext as _

from ebikes.importing.archive import Archive
from ebikes.importing.problems import UnreadableFile

MOST_PENDING = 2**26  # bytes of one row
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["\']([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)["\']')
_ROW_NUMBER = re.compile(rb'^<(?:\w+:)?row\s[^>]*?\br="(\d{1,8})"')
_SHEET_DATA = re.compile(rb"<(\w+:)?sheetData\s*>")
_LONGEST_TAG = 200

Skipped = Callable[
    [int | None, int], None
]  # told the number of the last row of a run, if it has one, and how many they are


def merged_down(archive: Archive, part: str) -> dict[int, list[tuple[str, int]]]:
    """The merged ranges that go down, by their first row: the column and the last row. They are told after the rows.

    Of ranges over several columns the first one matters: a title across columns is no value of all of them.
    """
    found: dict[int, list[tuple[str, int]]] = {}
    data = b""
    with closing(archive.blocks(part)) as blocks:
        for block in blocks:
            data = data[-_LONGEST_TAG:] + block
            for left, first, _right, last in _MERGED.findall(data) if b"ergeCell" in data else ():
                entry = (left.decode(), int(last))
                if int(last) > int(first) and entry not in found.get(int(first), ())[-2:]:
                    found.setdefault(int(first), []).append(entry)
    return found


class RowBlocks:
    """Cuts a sheet's part before rows. `read`: how many bytes of it have been seen."""

    def __init__(self, archive: Archive, part: str, skipped: Skipped) -> None:
        self.read = 0
        self._archive, self._part = archive, part
        self._skipped = skipped
        self._row = b""

    def __iter__(self) -> Generator[bytes, None, None]:
        with closing(self._archive.blocks(self._part)) as blocks:
            yield from self._cut(blocks)

    def _cut(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        pending = b""
        for block in blocks:
            self.read += len(block)
            pending += block
            if not self._row:
                head, pending = self._until_rows(pending)
                yield head
                continue
            cut = pending.rfind(self._row)
            if cut > 0:
                rows, pending = pending[:cut], pending[cut:]
                if not self._is_blank(rows):
                    yield rows
            elif len(pending) > MOST_PENDING:
                raise UnreadableFile(_("文件中有一行过长，无法读取"))
        yield pending

    def _until_rows(self, pending: bytes) -> tuple[bytes, bytes]:
        """What comes before the rows, as far as it is there, and the rest."""
        found = _SHEET_DATA.search(pending)
        if found is None:
            return pending[:-_LONGEST_TAG], pending[-_LONGEST_TAG:]
        self._row = b"<" + (found.group(1) or b"") + b"row"
        return pending[: found.end()], pending[found.end() :]

    def _is_blank(self, rows: bytes) -> bool:
        """Whether these rows hold no value; then it is told that they are passed over."""
        prefix = self._row[1:-3]
        values = (
            b"<" + prefix + b"v",
            b"<" + prefix + b"is",
            b"<" + prefix + b"f",
            b"</" + prefix + b"sheetData",
        )
        if not rows.lstrip().startswith(self._row) or any(mark in rows for mark in values):
            return False
        last = _ROW_NUMBER.match(rows[rows.rfind(self._row) :])
        self._skipped(int(last.group(1)) if last else None, rows.count(self._row))
        return True
