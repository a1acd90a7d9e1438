"""Workbooks of before 2007 (.xls), and those of WPS (.et), by xlrd, which knows what is hidden, merged and crossed out."""

import io
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlrd
from django.utils.translation import gettext as _

from ebikes.importing.cell_values import moment_shown
from ebikes.importing.flaws import Flaw
from ebikes.importing.number_formats import Shows, shows
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.sheet import MOST_CELLS, Line, Opened, Sheet
from ebikes.importing.sheet_rows import FROM_1904
from ebikes.importing.workbook_parts import Style

ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MOST_BYTES = 2**26  # all of it is unpacked into memory, some thirty times as large


@contextmanager
def open_xls(path: Path) -> Iterator[Opened]:
    """The workbook's sheets. Raises UnreadableFile."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(_("旧版 .xls 文件过大，请另存为 .xlsx 或 CSV 后再上传"))
    content = path.read_bytes()
    if ENCRYPTED in content:
        raise UnreadableFile(_("文件有密码保护，请取消密码后再上传"))
    try:
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, on_demand=True, logfile=io.StringIO()
        )
    except Exception as error:
        if "password" in str(error).lower() or "encrypted" in str(error).lower():
            raise UnreadableFile(_("文件有密码保护，请取消密码后再上传")) from error
        raise UnreadableFile(
            _("旧版 .xls 文件无法读取，请用表格软件打开，另存为 .xlsx 或 CSV 后再上传")
        ) from error
    del content
    seen = _Seen()
    styles = [_style(book, xf) for xf in book.xf_list]
    yield Opened([_sheet(book, number, styles, seen) for number in range(book.nsheets)], seen.fraction)
    book.release_resources()


class _Seen:
    def __init__(self) -> None:
        self.row, self.rows = 0, 1

    def fraction(self) -> float:
        return self.row / max(1, self.rows)


def _style(book: Any, xf: Any) -> Style:
    known = book.format_map.get(xf.format_key)
    code = known.format_str if known is not None and xf.format_key >= 164 else None
    return Style(shows(xf.format_key, code), bool(book.font_list[xf.font_index].struck_out))


def _sheet(book: Any, number: int, styles: list[Style], seen: _Seen) -> Sheet:
    hidden_columns: list[tuple[int, int]] = []

    def lines() -> Generator[Line, None, None]:
        try:
            sheet = book.sheet_by_index(number)
            seen.rows = sheet.nrows
            merged = _merged(sheet)
            hidden_columns[:] = [(at, at) for at, info in sheet.colinfo_map.items() if info.hidden]
            for row in range(sheet.nrows):
                seen.row = row
                yield _line(book, sheet, row, styles, merged)
        except Exception as error:
            raise UnreadableFile(
                _("文件已损坏：工作表“%s”读到一半出错；请用表格软件打开后另存，再重新上传")
                % book.sheet_names()[number]
            ) from error

    hidden = bool(getattr(book, "_sheet_visibility", [0] * (number + 1))[number])
    return Sheet(book.sheet_names()[number], hidden, lines, hidden_columns=hidden_columns)


def _merged(sheet: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """The cells of ranges that go down, with the cell that holds their value."""
    return {
        (row, left): (first, left)
        for first, after, left, _right in sheet.merged_cells
        for row in range(first + 1, after)
    }


def _line(
    book: Any, sheet: Any, row: int, styles: list[Style], merged: dict[tuple[int, int], tuple[int, int]]
) -> Line:
    cells: list[Any] = []
    struck: list[int] = []
    own = False
    for place in range(min(sheet.row_len(row), MOST_CELLS)):
        at = merged.get((row, place), (row, place))
        cell = sheet.cell(*at)
        style = (
            styles[cell.xf_index] if cell.xf_index is not None and cell.xf_index < len(styles) else Style()
        )
        value = _value(book, cell, style)
        cells.append(value)
        if value is not None:
            own = own or at == (row, place)
            if style.struck:
                struck.append(place)
    info = sheet.rowinfo_map.get(row)
    hidden = info is not None and bool(info.hidden)
    return Line(row + 1, cells if own else [], "hidden_row" if hidden and own else "", tuple(struck))


def _value(book: Any, cell: Any, style: Style) -> Any:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return cell.value or None
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return Flaw("error_cell", xlrd.error_text_from_code.get(cell.value, "#"))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return None
    number = float(cell.value)
    if style.shows is not Shows.NUMBER:
        shown = moment_shown(number + (FROM_1904 if book.datemode else 0), style.shows)
        if shown is not None:
            return shown
    return int(number) if number.is_integer() else number
