"""The empty table that people fill in: one column per field, and a second sheet that says what belongs in each."""

import io

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ebikes.importing.layouts import EVENTS, LAYOUTS, Column

ROWS = 1000  # of every column that are set to text, so that no spreadsheet takes a long number for a quantity
DAYS = ("filed_on", "registered_on", "trade_in_enabled_on", "starts_on", "ends_on")


def template_xlsx(kind: str) -> bytes:
    """The template for one kind of file (a key of LAYOUTS) as XLSX."""
    layout = LAYOUTS[kind]
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = str(layout.title)
    sheet.append([column.title for column in layout.columns])
    sheet.freeze_panes = "A2"
    for number, column in enumerate(layout.columns, start=1):
        letter = get_column_letter(number)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(14, 2.2 * len(column.title))
        for row in range(2, ROWS + 2):
            sheet[f"{letter}{row}"].number_format = _format(column)
    notes = book.create_sheet(_("填写说明"))
    notes.append([_("列名"), _("必填"), _("写法"), _("也认得的列名")])
    for column in layout.columns:
        required = _("是") if column.required else ""
        notes.append([column.title, required, _how(column), _("、").join(column.also)])
    for letter, width in zip("ABCD", (24, 8, 44, 44), strict=True):
        notes.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _format(column: Column) -> str:
    if column.key in EVENTS:
        return "yyyy-mm-dd hh:mm:ss"
    return "yyyy-mm-dd" if column.key in DAYS else "@"


def _how(column: Column) -> str:
    """In a few words, what a cell of this column looks like."""
    if column.key in EVENTS:
        return _("时间，如 2022-06-01 10:30:00；只知道日期时写 2022-06-01")
    if column.key in DAYS:
        return _("日期，如 2022-06-01")
    shapes = {
        "id_no": _("按证件原样填写，18 位号码请保持文本格式"),
        "id_kind": _("居民身份证、港澳台居民居住证、护照等；不填为居民身份证"),
        "phone": _("11 位手机号"),
        "merchant_uscc": _("18 位统一社会信用代码"),
        "uscc": _("18 位统一社会信用代码"),
        "vehicle_code": _("合格证上的 15 位数字，第 5 位为 2"),
        "price_fen": _("元，最多两位小数"),
        "wallet_no": _("16 位数字"),
    }
    return shapes.get(column.key, _("文本"))
