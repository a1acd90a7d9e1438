"""Before money is ordered the operator is asked whose the wallet is; what it has not answered is not ordered."""

from datetime import datetime

from core.audit.acting import acting
from core.decisions import mark
from subsidies.claims.selectors.payee import payees_of
from subsidies.marked import PAYEE_CHECKED
from subsidies.models import PayeeCheck
from subsidies.payees.operator import MOST, Asked, ask_names
from subsidies.payees.selectors.names import to_be_asked
from subsidies.payees.services.altered import hold_altered


def check_names(*, now: datetime) -> int:
    """Ask about the payees of one lot of approved claims, and keep what was said; return how many answers came.

    What is not a match, PostgreSQL holds for a person. Asked twice at once, the first answer stays.
    """
    due = list(to_be_asked().select_related("trade_in")[:MOST])
    if not due:
        return 0
    payees = payees_of(due)
    with acting("check_names", by=None, now=now):
        altered = hold_altered(payees, now=now)
    named = [
        Asked(claim.pk, payees[claim.pk], claim.trade_in.owner_name)
        for claim in due
        if claim.pk not in altered
    ]
    said = ask_names(named)
    with acting("check_names", by=None, now=now):
        PayeeCheck.objects.bulk_create(
            (
                PayeeCheck(
                    claim_id=claim,
                    payee_index=payees[claim].index,
                    payee_digest=payees[claim].digest(claim),
                    result=result,
                    request_id=said.request_id,
                    at=now,
                )
                for claim, result in said.results.items()
            ),
            ignore_conflicts=True,
        )
        kept = PayeeCheck.objects.filter(claim__in=said.results, request_id=said.request_id)
        mark(PAYEE_CHECKED, kept.values_list("pk", flat=True), at=now)
    return len(said.results)
