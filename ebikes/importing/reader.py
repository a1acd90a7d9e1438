"""A file on disk becomes a table: what it is, where its headers stand, and its rows one after another.

Content decides, never the file's name. Nothing that a file can hold raises anything but UnreadableFile.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.utils.translation import gettext as _

from ebikes.importing.columns import Layout
from ebikes.importing.encodings import looks_traditional
from ebikes.importing.file_types import ZIP, is_old_excel, refusal
from ebikes.importing.headers import Found, Meanings, find_headers
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.reading import Reading
from ebikes.importing.sheet import Line, Opened
from ebikes.importing.sheets_csv import open_csv
from ebikes.importing.sheets_xls import open_xls
from ebikes.importing.sheets_xlsx import open_xlsx
from ebikes.importing.table_rows import SheetTable
from ebikes.importing.text import Cell

MOST_ROWS = 5_000_000
Row = Sequence[Cell]


@dataclass
class Table:
    """A file whose headers were found. `rows` yields (line, cells in the order of the layout's columns).

    `reading` says what was read and what was not; it is complete when the rows are through.
    """

    layout: Layout
    reading: Reading
    progress: Callable[[], float]
    _found: list[Found]

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """The rows below the headers; blank ones, repeated headers and totals are passed over."""
        for found, sheet in zip(self._found, self.reading.sheets, strict=True):
            table = SheetTable(self.layout, found, sheet, self.reading)
            yield from table.rows()
            sheet.read = sheet.rows - sum(each.count for each in sheet.skipped)

    @property
    def header(self) -> list[str]:
        """The titles as they are written, of the sheet whose columns somebody should explain, else of the first."""
        found = self._found[self.reading.asked.number]
        return [str(cell or "") for cell in found.header]


@contextmanager
def open_table(
    path: Path, layout: Layout, *, limit_bytes: int, meanings: Meanings = lambda header: {}
) -> Iterator[Table]:
    """Open a CSV, XLSX or XLS file. Raises UnreadableFile with the sentence for whoever sent it.

    `meanings`: what plain titles of a header mean to this sender; they win over those that are known to all.
    """
    size = path.stat().st_size
    if size > limit_bytes:
        raise UnreadableFile(
            _("文件有 %(size)s MB，超过 %(limit)s MB 的上限，请分成几个文件")
            % {"size": size // 2**20, "limit": limit_bytes // 2**20}
        )
    with open_sheets(path) as opened:
        reading = Reading(written_in=opened.written_in)
        until = monotonic() + settings.IMPORT_SECONDS
        found = find_headers(opened, layout, meanings, reading, traditional=lambda: looks_traditional(path))
        for each in found:
            each.lines = _in_time(each.lines, until)
        try:
            yield Table(layout, reading, opened.progress, found)
        finally:
            for each in found:
                each.source.close()


def open_sheets(path: Path) -> AbstractContextManager[Opened]:
    """How to open a file, by what its first bytes say it is. Raises UnreadableFile for what is no table."""
    with path.open("rb") as handle:
        start = handle.read(2**16)
    if not start.strip(b" \t\r\n\0\x1a\xef\xbb\xbf"):
        raise UnreadableFile(_("文件是空的"))
    if is_old_excel(start):
        return open_xls(path)
    if start.startswith(ZIP):
        return open_xlsx(path)
    if sentence := refusal(start):
        raise UnreadableFile(str(sentence))
    return open_csv(path)


def _in_time(lines: Iterator[Line], until: float) -> Iterator[Line]:
    """The lines, as long as there is time. Raises UnreadableFile."""
    for count, line in enumerate(lines):
        if count % 1000 == 0 and monotonic() > until:
            raise UnreadableFile(_("文件太大，没有在规定时间内读完；请删去空白行列，或分成几个文件"))
        if line.number > MOST_ROWS:
            raise UnreadableFile(_("行数超过 %s 行，请分成几个文件") % MOST_ROWS)
        yield line
