"""What a layout that nobody has approved yet would print: a voucher and a request with made-up figures."""

from datetime import date

from django.utils.translation import gettext as _

from core.money import yuan_and_fen
from merchants.documents.wording import day as written
from subsidies.closing.accounts import book_title
from subsidies.closing.capitals import in_capitals
from subsidies.closing.layouts import Layout
from subsidies.closing.papers.form import Form, Value
from subsidies.closing.shipped import ACCOUNTS

FEN, ROWS, BATCHES = 12_345_600, 412, 3


def sample_form(layout: Layout, day: date) -> Form:
    """One form of the layout's subject."""
    return (_voucher if layout.subject == "voucher" else _request)(layout, written(day))


def _voucher(layout: Layout, day: str) -> Form:
    paid = ACCOUNTS.of("pay")
    rows: list[dict[str, Value]] = []
    for pair in paid.pairs if paid else ():
        for side, account in (("debit", pair.debit), ("credit", pair.credit)):
            told = _("样张：%s") % paid.summary if paid and not rows else ""
            rows.append(
                {
                    "summary": told,
                    "book": book_title(pair.book),
                    "code": account.code,
                    "account": account.name,
                    side: FEN,
                }
            )
    return Form(
        layout,
        (_("单位：%s") % layout.unit, day, _("%(no)s　附单据 %(n)s 张") % {"no": "记-1", "n": BATCHES}),
        rows,
        (_("财务会计合计：%s") % in_capitals(FEN), {"debit": FEN, "credit": FEN}),
        names={"prepared": _("张三"), "checked": _("李四")},
    )


def _request(layout: Layout, day: str) -> Form:
    rows: list[dict[str, Value]] = [
        {"no": str(no), "batch": _("样张批次 %s") % no, "made_on": day, "rows": ROWS, "amount": FEN}
        for no in range(1, BATCHES + 1)
    ]
    fen = FEN * BATCHES
    return Form(
        layout,
        (_("申请单位：%s") % layout.unit, day, _("编号：%s") % _("样张")),
        rows,
        (_("合计"), {"rows": ROWS * BATCHES, "amount": fen}),
        (
            _("申请金额：人民币 %s 元") % yuan_and_fen(fen),
            _("大写金额：%s") % in_capitals(fen),
            _("用途：%s") % _("样张"),
        ),
        {"prepared": _("张三")},
    )
