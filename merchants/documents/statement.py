"""A merchant's monthly statement (对账单): its trade-ins, what was set aside for them and what was paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from core.exports.harmless import harmless
from core.money import exact_yuan
from core.shanghai import local, to_the_second
from merchants.documents.table import Column, Sum, Table, table_pdf
from merchants.documents.wording import money, month, plain

AMOUNT, HEADER_ROW = 5, 3  # the column (from 0) of the money; the row (from 1) of the XLSX's titles
FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", Decimal: "#,##0.00", int: "#,##0"}
STRONG = Font(bold=True)

Value = str | int | Decimal | datetime | None


@dataclass(frozen=True)
class StatementLine:
    """One claim. The owner is masked already; times are aware; `state` is in words."""

    record_no: str
    owner: str
    filing_plate_no: str
    completed_at: datetime
    stage_no: int | None
    amount_fen: int
    state: str
    settled_at: datetime | None
    paid_at: datetime | None


@dataclass(frozen=True)
class Statement:
    """The claims of one merchant and one month (its first day), in the order printed."""

    merchant_name: str
    uscc: str
    month: date
    lines: tuple[StatementLine, ...]


@dataclass(frozen=True)
class Total:
    """What is summed, over how many lines, how much."""

    label: str
    count: int
    fen: int


def totals(statement: Statement) -> tuple[Total, Total]:
    """What was set aside, paid by now or not; and what was paid."""
    lines = statement.lines
    return (
        _total(_("已锁定补贴合计"), (line.amount_fen for line in lines if line.settled_at)),
        _total(_("已发放补贴合计"), (line.amount_fen for line in lines if line.paid_at)),
    )


def _total(label: str, amounts: Iterable[int]) -> Total:
    summed = list(amounts)
    return Total(label, len(summed), sum(summed))


def statement_pdf(statement: Statement) -> bytes:
    """The statement on A4 across. Raises ValueError for a naive time."""
    sums = [
        Sum(
            _("%(label)s（%(count)s 笔）") % {"label": each.label, "count": f"{each.count:,}"},
            money(each.fen),
        )
        for each in totals(statement)
    ]
    table = Table(
        heads=_heads(statement),
        columns=_columns(),
        rows=[_words(line) for line in statement.lines],
        nothing=_nothing(),
        sums=sums,
        summed=AMOUNT,
    )
    return table_pdf(table)


def statement_xlsx(statement: Statement) -> bytes:
    """The statement as a workbook: real times and numbers, no formulas. Raises ValueError for a naive time."""
    rows = [_values(line) for line in statement.lines] or [[_nothing()]]
    columns = _columns()
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("对账单"))
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width / 1.6
    for left, right in _heads(statement):
        sheet.append([harmless(plain(left)), *[None] * AMOUNT, harmless(plain(right))])
    sheet.append([_cell(sheet, column.title, strong=True) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    for each in totals(statement):
        values = (each.label, each.count, *[None] * (AMOUNT - 2), exact_yuan(each.fen))
        sheet.append([_cell(sheet, value, strong=True) for value in values])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _heads(statement: Statement) -> tuple[tuple[str, str], tuple[str, str]]:
    """The two lines on top: what it is and of which month, whose it is."""
    return (
        (_("电动自行车淘汰置换补贴对账单"), month(statement.month)),
        (plain(statement.merchant_name), _("统一社会信用代码：%s") % plain(statement.uscc)),
    )


def _columns() -> list[Column]:
    return [
        Column(_("单号"), 41),
        Column(_("车主"), 24),
        Column(_("备案号牌"), 28),
        Column(_("全流程完成时间"), 36, "centre"),
        Column(_("阶段"), 13, "centre"),
        Column(_("金额（元）"), 26, "right"),
        Column(_("状态"), 33, "centre"),
        Column(_("锁定时间"), 36, "centre"),
        Column(_("发放时间"), 36, "centre"),
    ]


def _nothing() -> str:
    return _("本月没有记录。")


def _words(line: StatementLine) -> list[str]:
    return [
        plain(line.record_no),
        plain(line.owner),
        plain(line.filing_plate_no),
        to_the_second(line.completed_at),
        "–" if line.stage_no is None else str(line.stage_no),
        money(line.amount_fen),
        plain(line.state),
        *("–" if moment is None else to_the_second(moment) for moment in (line.settled_at, line.paid_at)),
    ]


def _values(line: StatementLine) -> list[Value]:
    """As a spreadsheet knows them: times without a zone, in Hangzhou; money as a number."""
    return [
        line.record_no,
        line.owner,
        line.filing_plate_no,
        local(line.completed_at).replace(tzinfo=None),
        line.stage_no,
        exact_yuan(line.amount_fen),
        line.state,
        *(moment and local(moment).replace(tzinfo=None) for moment in (line.settled_at, line.paid_at)),
    ]


def _cell(sheet: WriteOnlyWorksheet, value: Value, *, strong: bool = False) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.value = harmless(plain(value)) if isinstance(value, str) else value
    cell.number_format = FORMATS.get(type(value), "General")
    if strong:
        cell.font = STRONG
    return cell
