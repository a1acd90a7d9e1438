"""Which forms a closed month and a request are printed as. Chinese, whoever prints: it is handed to a Chinese bureau."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from core.models import User
from core.money import yuan_and_fen
from core.shanghai import to_the_minute
from merchants.documents.wording import day, month
from subsidies.closing.accounts import book_title, kind_title
from subsidies.closing.capitals import in_capitals
from subsidies.closing.layouts import Layout, LayoutColumn, Sign
from subsidies.closing.papers.form import Form, Value
from subsidies.closing.selectors.figures import Sums
from subsidies.models import PaymentRequest, Period, Voucher, VoucherEntry


def name_of(user: User | None) -> str:
    """Somebody's name, or what they log in with."""
    return str(user or "")


def forms_of_period(period: Period) -> list[Form]:
    """Its vouchers, the summary of the month, and what was still open."""
    layout = Layout.from_json(period.rules["voucher"]["content"])
    names = {"prepared": name_of(period.closed_by), "checked": name_of(period.decided_by)}
    vouchers = period.vouchers.prefetch_related("entries").order_by("no")
    forms = [_voucher(each, layout, names) for each in vouchers]
    return [*forms, _summary(period, layout, names), _open_items(period, layout, names)]


def _voucher(voucher: Voucher, layout: Layout, names: dict[str, str]) -> Form:
    entries = list(voucher.entries.all())
    books = sorted(
        {each.book for each in entries}, reverse=True
    )  # the financial one first: each balances by itself
    summed = [each for each in entries if each.book == books[0]]
    sums = {
        side: sum(each.amount_fen for each in summed if each.side == side)
        for side in (VoucherEntry.Side.DEBIT.value, VoucherEntry.Side.CREDIT.value)
    }
    total = _("合计：%s") if len(books) == 1 else _("财务会计合计：%s")
    right = _("%(no)s　附单据 %(n)s 张") % {"no": voucher, "n": voucher.attachments}
    rows: list[dict[str, Value]] = [
        {
            "summary": voucher.summary if at == 0 else "",
            "book": book_title(each.book),
            "code": each.account_code,
            "account": each.account_name,
            each.side: each.amount_fen,
        }
        for at, each in enumerate(entries)
    ]
    return Form(
        layout,
        (_("单位：%s") % layout.unit, day(voucher.day), right),
        rows,
        (total % in_capitals(sums["debit"]), sums),
        names=names,
    )


def _plain_layout(layout: Layout, title: str, *columns: tuple[str, str]) -> Layout:
    """A layout beside the settings: the same paper, its columns as wide as there is room."""
    width = layout.room // len(columns)
    wide = layout.room - width * (len(columns) - 1)
    made = tuple(
        LayoutColumn(field, heading, wide if at == 0 else width)
        for at, (field, heading) in enumerate(columns)
    )
    return replace(layout, subject="request", title=title, columns=made, footer="")


def _summary(period: Period, layout: Layout, names: dict[str, str]) -> Form:
    """The month by kind: what the ledger has, in how many vouchers; and by what anybody checks it again."""
    counted: dict[str, int] = {}
    for kind in period.vouchers.values_list("kind", flat=True):
        counted[kind] = counted.get(kind, 0) + 1
    paper = _plain_layout(
        layout,
        _("月末汇总表"),
        *(("batch", _("类别")), ("no", _("凭证张数")), ("rows", _("账目笔数")), ("amount", _("金额(元)"))),
    )
    rows: list[dict[str, Value]] = [
        {
            "batch": kind_title(kind),
            "no": str(counted.get(kind, 0)),
            "rows": told["rows"],
            "amount": told["fen"],
        }
        for kind, told in in_order(period.sums, period.rules["accounts"]["content"])
    ]
    return Form(
        replace(paper, signs=layout.signs),
        (_("单位：%s") % layout.unit, month(period.month), period.scheme.name),
        rows,
        (_("合计"), {"rows": sum(each["rows"] for each in period.sums.values())}),
        (
            _("月末账目：第 %(seq)s 行，链值 %(hash)s")
            % {"seq": period.last_seq, "hash": bytes(period.last_hash).hex()},
            _("凭证指纹：%s") % bytes(period.vouchers_digest or b"").hex(),
            _("关账：%(name)s %(at)s") % {"name": names["prepared"], "at": to_the_minute(period.closed_at)}
            + (
                "　"
                + _("确认：%(name)s %(at)s")
                % {"name": names["checked"], "at": to_the_minute(period.decided_at)}
                if period.decided_at
                else ""
            ),
        ),
        names,
    )


def in_order(sums: Sums, accounts: dict[str, Any]) -> list[tuple[str, dict[str, int]]]:
    """The sums by kind as the table of accounts has the kinds; JSON keeps no order of its own."""
    order = [each["kind"] for each in accounts["kinds"]]
    return sorted(sums.items(), key=lambda each: order.index(each[0]) if each[0] in order else len(order))


def _open_items(period: Period, layout: Layout, names: dict[str, str]) -> Form:
    paper = _plain_layout(
        layout, _("关账时未了事项"), ("batch", _("事项")), ("rows", _("数量")), ("amount", _("金额(元)"))
    )
    items: list[dict[str, Any]] = period.open_items
    rows: list[dict[str, Value]] = [
        {
            "batch": each["title"],
            "rows": each["count"],
            "amount": "" if each["fen"] is None else yuan_and_fen(each["fen"]),
        }
        for each in items
    ]
    return Form(
        replace(paper, signs=(Sign(_("关账"), "prepared"), Sign(_("确认"), "checked"))),
        (_("单位：%s") % layout.unit, month(period.month), period.scheme.name),
        rows or [{"batch": _("没有未了事项")}],
        (_("合计"), {"rows": sum(each["count"] for each in items)}),
        (_("说明：%s") % period.note,) if period.note else (),
        names,
    )


def forms_of_request(request: PaymentRequest) -> list[Form]:
    """The request: each batch, the sum in figures and capitals, places for signatures and the seal."""
    layout = Layout.from_json(request.layout["content"])
    rows: list[dict[str, Value]] = [
        {
            "no": str(no),
            "batch": line["batch"],
            "made_on": line["made_on"],
            "rows": line["rows"],
            "amount": line["fen"],
        }
        for no, line in enumerate(request.lines, 1)
    ]
    fen = request.amount_fen
    below = (
        _("申请金额：人民币 %s 元") % yuan_and_fen(fen),
        _("大写金额：%s") % in_capitals(fen),
        _("用途：%s") % request.purpose,
    )
    return [
        Form(
            layout,
            (_("申请单位：%s") % layout.unit, day(request.made_at.date()), _("编号：%s") % request.number),
            rows,
            (_("合计"), {"rows": request.rows, "amount": fen}),
            below,
            {"prepared": name_of(request.made_by)},
        )
    ]
