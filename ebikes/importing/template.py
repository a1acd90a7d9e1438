"""The empty table that people fill in: one column per field, and a second sheet that says what belongs in each."""

import io
import secrets
from collections.abc import Iterator

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ebikes.importing.columns import Column, Layout
from ebikes.importing.guide import DAYS, guide
from ebikes.importing.layouts import LAYOUTS
from ebikes.models import ImportBatch
from merchants.models import Merchant

NUMBERED = 200  # rows for which a shop's template has numbers
ROWS = 1000  # of every column that are set to text, so that no spreadsheet takes a long number for a quantity


def template_xlsx(kind: str, *, merchant: Merchant | None = None) -> bytes:
    """The template for one kind of file (a key of LAYOUTS) as XLSX; a shop's has its code and the numbers of its records."""
    layout = LAYOUTS[kind]
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = str(layout.title)
    sheet.append([column.heading for column in layout.columns])
    for known in known_cells(merchant) if merchant and kind == ImportBatch.Kind.TRADE_INS else ():
        sheet.append([known.get(column.key) for column in layout.columns])
    sheet.freeze_panes = "A2"
    for number, column in enumerate(layout.columns, start=1):
        letter = get_column_letter(number)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(14, 2.2 * len(column.title), len(column.heading))
        sheet.column_dimensions[letter].number_format = _format(column)
        for row in range(2, ROWS + 2):
            sheet[f"{letter}{row}"].number_format = _format(column)
    _explain(layout, book.create_sheet(_("填写说明")))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def known_cells(merchant: Merchant) -> Iterator[dict[str, str]]:
    """What is known of a shop's next records: a number that no other file has, whose they are, and where they are taken in.

    A row with nothing more than these is no record (`Layout.known`): it is passed over when the file comes back.
    """
    series = f"M{merchant.pk}-{secrets.token_hex(4).upper()}"
    points = list(merchant.agent_points.values_list("point_no", flat=True)[:2])
    where = {"agent_point_no": points[0]} if len(points) == 1 else {}
    for number in range(1, NUMBERED + 1):
        yield {"record_no": f"{series}-{number:03d}", "merchant_uscc": merchant.uscc, **where}


def _format(column: Column) -> str:
    """Text, so that nothing is made of what somebody types: a day would become its midnight, a number lose digits."""
    return "yyyy-mm-dd" if column.key in DAYS else "@"


def _explain(layout: Layout, notes: Worksheet) -> None:
    """One line for each column; what its title means, where the reader does not read Chinese."""
    entries = guide(layout)
    means = any(entry.meaning for entry in entries)
    titles = [_("列名"), *([_("含义")] if means else []), _("必填"), _("写法"), _("也认得的列名")]
    notes.append(titles)
    for entry in entries:
        rest = [_("是") if entry.required else "", entry.how or _("文本"), _("、").join(entry.also)]
        notes.append([entry.title, *([entry.meaning] if means else []), *rest])
    widths = (24, *([34] if means else []), 8, 44, 44)
    for number, width in enumerate(widths, start=1):
        notes.column_dimensions[get_column_letter(number)].width = width
