"""What decisions rest upon besides the columns of their own row: reckoned by PostgreSQL, or opened here (`marked.py`).

Tables refer to the neighbours of this module: they are imported where they are asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from core.privacy.sealing import UnreadableSecret
from core.shanghai import to_the_microsecond

_PAYMENT = ("id", "claim_id", "supplement_id", "request_no", "attempt", "amount_fen", "payee_operator")


def payments() -> Subquery:
    """The payments of a batch as they were ordered. To whom is sealed in each, for just that one."""
    from subsidies.models import PayoutLine  # noqa: PLC0415

    payment = JSONObject(**{name: F(name) for name in _PAYMENT})
    lines = PayoutLine.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    return Subquery(lines.annotate(all=JSONBAgg(payment, order_by="pk")).values("all"))


def payments_behind() -> Count:
    """How many payments of a claim's subsidy failed or came back."""
    over = Q(payout_lines__state__in=["failed", "returned"], payout_lines__supplement__isnull=True)
    return Count("payout_lines", filter=over)


def payees_told(changes: Sequence[int]) -> Mapping[int, Any]:
    """To whom each of these changes has it paid: a number can be given twice, the payee that was meant cannot."""
    from subsidies.models import PayeeChange  # noqa: PLC0415

    told: dict[int, Any] = {}
    for change in PayeeChange.objects.filter(pk__in=changes).order_by():
        try:
            payee = [change.phone, change.wallet_no, change.wallet_operator]
        except UnreadableSecret:
            continue
        told[change.pk] = [change.claim_id, change.by_id, to_the_microsecond(change.at), *payee]
    return told


def payees_let_go(holds: Sequence[int]) -> Mapping[int, Any]:
    """What somebody who cleared these holds let go: the change of payee as it was then."""
    from subsidies.models import Hold  # noqa: PLC0415

    rows = Hold.objects.filter(pk__in=holds, let_go__isnull=False).values_list("pk", "let_go")
    let_go = {hold: change for hold, change in rows if change is not None}
    told = payees_told(list({*let_go.values()})) if let_go else {}
    return {hold: told.get(change) for hold, change in let_go.items()}
