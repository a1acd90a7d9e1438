"""XLSX: safe to open, streamed, and forgiving of what spreadsheets forgive."""

import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers.expat import ExpatError

from django.utils.translation import gettext as _

from ebikes.importing.archive import Archive, Hostile
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.sheet import Line, Opened, Sheet
from ebikes.importing.sheet_rows import SheetRows
from ebikes.importing.workbook import SheetEntry, Workbook, open_workbook

MOST_ENTRIES, MOST_BYTES, MOST_INFLATION = 5000, 2**30, 200
# Whatever a broken or hostile archive makes the libraries trip over.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ExpatError, Hostile, NotImplementedError),
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, OSError, EOFError, RuntimeError),
)


@contextmanager
def open_xlsx(path: Path) -> Iterator[Opened]:
    """The workbook's sheets. Raises UnreadableFile for what is no workbook, or would not fit into memory."""
    try:
        file = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise _damaged(error) from error
    with file:
        _refuse_bombs(file, path.stat().st_size)
        archive = Archive(file)
        try:
            book = open_workbook(archive)
        except _BROKEN as error:
            raise _damaged(error) from error
        if book is None:
            raise UnreadableFile(_what_it_is(archive))
        if not book.sheets:
            raise UnreadableFile(_("文件里没有工作表，请用表格软件打开后另存为 .xlsx 再上传"))
        seen = _Seen()
        yield Opened([_sheet(book, entry, seen) for entry in book.sheets], seen.fraction)


class _Seen:
    """How far the reading has come, by bytes."""

    def __init__(self) -> None:
        self.rows: SheetRows | None = None
        self.size = 1

    def fraction(self) -> float:
        return min(0.99, self.rows.read / self.size) if self.rows else 0.0


def _sheet(book: Workbook, entry: SheetEntry, seen: _Seen) -> Sheet:
    hidden_columns: list[tuple[int, int]] = []

    def lines() -> Generator[Line, None, None]:
        try:
            hidden_columns.clear()
            rows = SheetRows(book, entry.part, hidden_columns)
            seen.rows, seen.size = rows, max(1, book.archive.size(entry.part))
            yield from rows.lines()
        except _BROKEN as error:
            raise _damaged(error, entry.name) from error

    return Sheet(entry.name, entry.hidden, lines, hidden_columns=hidden_columns)


def _refuse_bombs(file: zipfile.ZipFile, size: int) -> None:
    """Look at the archive's own list before anything is unpacked; the library never reads more than is listed."""
    entries = file.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile(_("文件有密码保护，请取消密码后再上传"))
    unpacked = sum(entry.file_size for entry in entries)
    inflation = unpacked / max(1, size)
    if (
        len(entries) > MOST_ENTRIES
        or unpacked > MOST_BYTES
        or (inflation > MOST_INFLATION and unpacked > 2**24)
    ):
        raise UnreadableFile(_("文件解压后过大，无法读取；请删去空白行列、图片后另存，或改用 CSV"))


def _what_it_is(archive: Archive) -> str:
    """The sentence for an archive that is no workbook."""
    names = set(archive.parts)
    if "xl/workbook.bin" in names:
        return _("这是 .xlsb 文件，请另存为 .xlsx 或 CSV 后再上传")
    if "content.xml" in names and "mimetype" in names:
        return _("这是 OpenDocument 文件(.ods)，请另存为 .xlsx 或 CSV 后再上传")
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return _("这是文字或演示文稿，不是表格，请把表格另存为 .xlsx 或 CSV 后再上传")
    if any(name.startswith("index/") and name.endswith(".iwa") for name in names):
        return _("这是 Numbers 表格，请导出为 .xlsx 或 CSV 后再上传")
    return _("这是压缩包，请先解压，再上传里面的表格")


def _damaged(error: Exception, sheet: str = "") -> UnreadableFile:
    """What is wrong, as far as it is known: where in which sheet the reading stopped."""
    if sheet:
        where = _("工作表“%s”读到一半出错") % sheet
        if isinstance(error, ExpatError):
            where = _("工作表“%(sheet)s”的数据在第 %(place)s 个字符处中断") % {
                "sheet": sheet,
                "place": error.offset,
            }
        return UnreadableFile(_("文件已损坏：%s；请用表格软件打开后另存，再重新上传") % where)
    return UnreadableFile(_("文件已损坏或不是 XLSX 表格，请用表格软件打开后另存，再重新上传"))
