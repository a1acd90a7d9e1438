"""A file on disk becomes a table: what it is, where its header stands, and its rows one after another.

Content decides, never the file's name. Nothing that a file can hold raises anything but UnreadableFile.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from django.utils.translation import gettext as _

from ebikes.importing.columns import Layout
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.sheets_csv import open_csv
from ebikes.importing.sheets_xlsx import open_xlsx
from ebikes.importing.text import Cell

HEADER_WITHIN = 30  # lines: titles and notes come before it
MOST_ROWS = 5_000_000
OLE, ZIP, PDF = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"%PDF"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

Row = Sequence[Cell]


@dataclass
class Table:
    """A file whose header was found. `rows` yields (line in the sheet, cells in the order of the layout's columns)."""

    layout: Layout
    unknown_columns: tuple[str, ...]
    progress: Callable[[], float]
    _rows: Iterator[tuple[int, Row]]
    _places: tuple[int | None, ...]

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """The rows below the header; blank ones are passed over."""
        places = self._places
        for line, row in self._rows:
            if line > MOST_ROWS:
                raise UnreadableFile(_("行数超过 %s 行，请分成几个文件") % MOST_ROWS)
            width = len(row)
            cells = [row[i] if i is not None and i < width else None for i in places]
            if any(cell is not None and cell != "" for cell in cells) and not _blank(cells):
                yield line, cells


def _blank(cells: Row) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


@contextmanager
def open_table(path: Path, layout: Layout, *, limit_bytes: int) -> Iterator[Table]:
    """Open a CSV or XLSX file. Raises UnreadableFile with the sentence for whoever sent it."""
    size = path.stat().st_size
    if size > limit_bytes:
        raise UnreadableFile(
            _("文件有 %(size)s MB，超过 %(limit)s MB 的上限，请分成几个文件")
            % {"size": size // 2**20, "limit": limit_bytes // 2**20}
        )
    with open_sheets(path) as (sheets, progress):
        yield _find_header(sheets, layout, progress)


@contextmanager
def open_sheets(path: Path) -> Iterator[tuple[Iterator[Iterator[Row]], Callable[[], float]]]:
    """The file's sheets, each an iterator of rows, by what the file's first bytes say it is."""
    with path.open("rb") as handle:
        start = handle.read(2**16)
    if not start.strip():
        raise UnreadableFile(_("文件是空的"))
    if start.startswith(OLE):
        _refuse_ole(path)
    if start.startswith(PDF) or start.lstrip()[:1] == b"<":
        raise UnreadableFile(_("这不是表格文件(像是网页或 PDF)，请另存为 XLSX 或 CSV 后再上传"))
    with (open_xlsx if start.startswith(ZIP) else open_csv)(path) as opened:
        yield opened


def _refuse_ole(path: Path) -> None:
    if ENCRYPTED in path.read_bytes():
        raise UnreadableFile(_("文件有密码保护，请取消密码后再上传"))
    raise UnreadableFile(_("这是旧版 .xls 文件，请另存为 .xlsx 或 CSV 后再上传"))


def _find_header(sheets: Iterator[Iterator[Row]], layout: Layout, progress: Callable[[], float]) -> Table:
    """The first sheet in which a row names the required columns; where there is none, the best attempt explains itself."""
    best: tuple[int, Row] = (0, ())
    for sheet in sheets:
        head = list(islice(sheet, HEADER_WITHIN))
        for index, row in enumerate(head):
            keys = [layout.column_named(cell) for cell in row]
            found = {key for key in keys if key}
            if _required(layout) <= found:
                rest = enumerate(chain(head[index + 1 :], sheet), start=index + 2)
                return _table(layout, row, keys, rest, progress)
            best = max(best, (len(found), row), key=lambda entry: entry[0])
    raise UnreadableFile(_explain(layout, best))


def _required(layout: Layout) -> set[str]:
    return {column.key for column in layout.columns if column.required}


def _table(
    layout: Layout,
    header: Row,
    keys: list[str | None],
    rest: Iterator[tuple[int, Row]],
    progress: Callable[[], float],
) -> Table:
    titles = {column.key: column.title for column in layout.columns}
    twice = [titles[key] for key in titles if keys.count(key) > 1]
    if twice:
        raise UnreadableFile(_("“%s”出现了不止一列，请只保留一列") % "”、“".join(twice))
    places = tuple(keys.index(column.key) if column.key in keys else None for column in layout.columns)
    unknown = tuple(str(cell) for cell, key in zip(header, keys, strict=True) if key is None and cell)
    return Table(layout, unknown, progress, rest, places)


def _explain(layout: Layout, best: tuple[int, Row]) -> str:
    count, row = best
    if not count:
        needed = _("、").join(c.title for c in layout.columns if c.required)
        return _("没有找到认识的列名。表头应有：%s") % needed
    found = {layout.column_named(cell) for cell in row}
    lacking = _("、").join(c.title for c in layout.columns if c.required and c.key not in found)
    return _("表头缺少这些列：%s") % lacking
