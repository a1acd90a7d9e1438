"""The vouchers that a month's ledger rows become, before they are written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.money import yuan_and_fen
from core.shanghai import next_month
from subsidies.closing.accounts import AccountMap, KindAccounts
from subsidies.closing.selectors.figures import Group, Late, Sums
from subsidies.models import LedgerEntry, VoucherEntry

LONGEST = 500


@dataclass(frozen=True, slots=True)
class VoucherDraft:
    """One voucher: what it is of, and its entries (book, side, code, name), each of the whole amount."""

    day: date
    kind: str
    summary: str
    rows: int
    fen: int
    attachments: int
    entries: tuple[tuple[str, str, str, str], ...]


def unmapped(sums: Sums, accounts: AccountMap) -> list[str]:
    """Kinds that the ledger has in the month and the table of accounts does not."""
    return [kind for kind in sums if accounts.of(kind) is None]


def draft_vouchers(groups: Sequence[Group], accounts: AccountMap, month: date) -> list[VoucherDraft]:
    """The vouchers in the order of their numbers: by day, within it by kind as the table of accounts has them."""
    order = {each.kind: at for at, each in enumerate(accounts.kinds)}
    booked = [each for each in groups if (found := accounts.of(each.kind)) and found.pairs]
    if accounts.grouping == "month":
        booked = _by_month(booked, month)
    booked.sort(key=lambda each: (each.day, order[each.kind]))
    return [_draft(each, accounts) for each in booked]


def _by_month(groups: Sequence[Group], month: date) -> list[Group]:
    """One group for each kind, dated the month's last day. A batch that paid on two days counts on both."""
    last = next_month(month) - timedelta(days=1)
    found = []
    for kind in {each.kind for each in groups}:
        same = [each for each in groups if each.kind == kind]
        late: dict[date, Late] = {}
        for each in (late for group in same for late in group.late):
            before = late.get(each.paid_on, Late(each.paid_on, 0, 0))
            late[each.paid_on] = Late(each.paid_on, before.rows + each.rows, before.fen + each.fen)
        found.append(
            Group(
                last,
                kind,
                sum(each.rows for each in same),
                sum(each.fen for each in same),
                sum(each.batches for each in same),
                tuple(late[day] for day in sorted(late)),
            )
        )
    return found


def _draft(group: Group, accounts: AccountMap) -> VoucherDraft:
    rule = accounts.of(group.kind)
    assert rule is not None  # noqa: S101 - only what is booked is drafted
    return VoucherDraft(
        group.day,
        group.kind,
        _summary(group, rule),
        group.rows,
        group.fen,
        _attachments(group),
        tuple(
            (pair.book, side, account.code, account.name)
            for pair in rule.pairs
            for side, account in (
                (VoucherEntry.Side.DEBIT.value, pair.debit),
                (VoucherEntry.Side.CREDIT.value, pair.credit),
            )
        ),
    )


def _summary(group: Group, rule: KindAccounts) -> str:
    """What was booked, how many rows; of payments whose news came late, on which day they were made."""
    told = _("%(what)s %(n)s 笔") % {"what": rule.summary, "n": f"{group.rows:,}"}
    late = _("、").join(
        _("%(day)s付款 %(n)s 笔 %(yuan)s 元")
        % {"day": date_format(each.paid_on, "Y-m-d"), "n": f"{each.rows:,}", "yuan": yuan_and_fen(each.fen)}
        for each in group.late
    )
    return (_("%(told)s（其中补记以前月份：%(late)s）") % {"told": told, "late": late} if late else told)[
        :LONGEST
    ]


def _attachments(group: Group) -> int:
    """Papers behind it: of money put in or taken out one a row, of payments one a batch, else one list."""
    if group.kind in (LedgerEntry.Kind.FUND, LedgerEntry.Kind.CUT):
        return group.rows
    return group.batches or 1
