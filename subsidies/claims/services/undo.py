"""What takes a decision back: withdrawal and refusal before payment, recovery after it. Nothing is edited, all is added.

Before payment the reserved money is released, and goes to the waitlist at the next allocation. After payment only a
recovery brings it back: the claim is being recovered until the money has arrived, then the ledger says `return`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from core.audit.acting import acting
from core.models import User
from subsidies.ledger.services.append import append_for_claims, lock_scheme
from subsidies.models import Claim, Scheme
from subsidies.reasons import REASONS
from subsidies.states import MOVES, RESERVED, ClaimState


class UnknownReason(ValueError):
    """A refusal needs at least one of the codes in `subsidies.reasons.REASONS`."""


def cancel_claims(*, scheme: Scheme, claims: QuerySet[Claim], by: User, now: datetime, note: str = "") -> int:
    """Withdraw those of `claims` that may still be withdrawn and release their money; return how many."""
    with acting("cancel_claims", by=by, now=now, note=note):
        return _end(scheme, claims, ClaimState.CANCELLED, reasons=None, by=by, now=now)


def refuse_claims(
    *,
    scheme: Scheme,
    claims: QuerySet[Claim],
    reasons: Sequence[str],
    by: User,
    now: datetime,
    note: str = "",
) -> int:
    """Refuse those of `claims` that are not paid or being paid, for `reasons`, and release their money; return how many.

    Raises UnknownReason.
    """
    if not reasons or not set(reasons) <= REASONS.keys():
        raise UnknownReason(", ".join(reasons) or "none")
    with acting("refuse_claims", by=by, now=now, note=note):
        return _end(scheme, claims, ClaimState.REFUSED, reasons=sorted(reasons), by=by, now=now)


def start_recovery(*, claims: QuerySet[Claim], by: User, now: datetime, note: str = "") -> int:
    """Demand paid money back (a returned purchase, a fraud found later); return for how many claims."""
    with acting("start_recovery", by=by, now=now, note=note):
        return claims.filter(state=ClaimState.PAID).update(state=ClaimState.RECOVERING)


def record_return(*, scheme: Scheme, claims: QuerySet[Claim], by: User, now: datetime, note: str = "") -> int:
    """The recovered money has arrived: it is available again. Return for how many claims."""
    with acting("record_return", by=by, now=now, note=note):
        locked = lock_scheme(scheme)
        back = _lock(claims.filter(scheme=scheme, state=ClaimState.RECOVERING))
        append_for_claims(scheme=locked, kind="return", claim_ids=[c.pk for c in back], by=by, now=now)
        return Claim.objects.filter(pk__in=[c.pk for c in back]).update(state=ClaimState.RECOVERED)


def _end(
    scheme: Scheme,
    claims: QuerySet[Claim],
    state: ClaimState,
    *,
    reasons: list[str] | None,
    by: User,
    now: datetime,
) -> int:
    locked = lock_scheme(scheme)
    ending = _lock(
        claims.filter(scheme=scheme, state__in=[s for s, moves in MOVES.items() if state in moves])
    )
    reserved = [c.pk for c in ending if c.state in RESERVED]
    append_for_claims(scheme=locked, kind="release", claim_ids=reserved, by=by, now=now)
    changes = {"state": state, "next_check_at": None} | ({"refusals": reasons} if reasons else {})
    return Claim.objects.filter(pk__in=[c.pk for c in ending]).update(**changes)


def _lock(claims: QuerySet[Claim]) -> list[Claim]:
    return list(claims.select_for_update(of=("self",), no_key=True).only("pk", "state").order_by("pk"))
