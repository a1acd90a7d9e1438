"""XLSX: safe to open, streamed, dates told from midnights by the cell's number format."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

from ebikes.importing.problems import UnreadableFile

MOST_ENTRIES, MOST_BYTES, MOST_INFLATION = 5000, 2**30, 200
MIDNIGHT = time(0)
_HAS_CLOCK = re.compile(r"[hHsS]|上午|下午")
_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
# Whatever a broken or hostile workbook makes the libraries trip over.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ParseError, DefusedXmlException, InvalidFileException),
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError),
    *(OSError, EOFError, RuntimeError),
)


@contextmanager
def open_xlsx(path: Path) -> Iterator[tuple[Iterator[Iterator[Sequence[Any]]], Callable[[], float]]]:
    """The workbook's sheets. Raises UnreadableFile for what is no workbook, or would not fit into memory."""
    _refuse_bombs(path)
    with path.open("rb") as handle:  # a path would be judged by its name
        try:
            book = openpyxl.load_workbook(handle, read_only=True, data_only=True)
        except _BROKEN as error:
            raise _unreadable() from error
        seen = _Seen()
        yield (_rows(sheet, seen) for sheet in book.worksheets), seen.fraction
        book.close()


class _Seen:
    """How far the reading has come: the sheet's own word on its length, as far as it can be believed."""

    def __init__(self) -> None:
        self.rows = 0
        self.expected = 1

    def fraction(self) -> float:
        return min(0.99, self.rows / max(self.expected, self.rows + 1))


def _rows(sheet: Any, seen: _Seen) -> Iterator[Sequence[Any]]:
    try:
        seen.expected = sheet.max_row or 1
        sheet.reset_dimensions()  # what a sheet says of its width is not believed
        for row in sheet.iter_rows():
            seen.rows += 1
            yield [_value(cell) for cell in row]
    except _BROKEN as error:
        raise _unreadable() from error


def _value(cell: Any) -> Any:
    """The cell's value; a date-time at midnight whose format shows no clock is a date."""
    value = cell.value
    if (
        isinstance(value, datetime)
        and value.time() == MIDNIGHT
        and not _HAS_CLOCK.search(_shown(cell.number_format))
    ):
        return value.date()
    if isinstance(value, str) and cell.data_type == "e":  # #N/A and its like
        return None
    return value


def _shown(number_format: str) -> str:
    return _LITERALS.sub("", number_format)


def _refuse_bombs(path: Path) -> None:
    """Look at the archive's own list before anything is unpacked; the library never reads more than is listed."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _BROKEN as error:
        raise _unreadable() from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile(_("文件有密码保护，请取消密码后再上传"))
    unpacked = sum(entry.file_size for entry in entries)
    inflation = unpacked / max(1, path.stat().st_size)
    if (
        len(entries) > MOST_ENTRIES
        or unpacked > MOST_BYTES
        or (inflation > MOST_INFLATION and unpacked > 2**24)
    ):
        raise UnreadableFile(_("文件解压后过大，无法读取；请删去空白行列、图片后另存，或改用 CSV"))


def _unreadable() -> UnreadableFile:
    return UnreadableFile(_("文件已损坏或不是 XLSX 表格，请用表格软件打开后另存，再重新上传"))
