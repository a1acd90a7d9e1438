"""What takes a decision back: withdrawal and refusal before payment, recovery after it. Nothing is edited, all is added.

Before payment the reserved money is released, and goes to the waitlist at the next allocation. After payment only a
recovery brings it back: the claim is being recovered until the money has arrived, then the ledger says `return`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.audit.acting import acting
from core.models import User
from subsidies.ledger.services.append import append_for_claims, lock_scheme
from subsidies.models import Claim, Scheme
from subsidies.reasons import REASONS
from subsidies.states import RESERVED, ClaimState, leading_to

CANCEL_FROM = leading_to(ClaimState.CANCELLED)
REFUSE_FROM = leading_to(ClaimState.REFUSED)
START_RECOVERY_FROM = leading_to(ClaimState.RECOVERING)
RECORD_RETURN_FROM = leading_to(ClaimState.RECOVERED)


class UnknownReason(ValueError):
    """A refusal needs at least one of the codes in `subsidies.reasons.REASONS`."""


def cancel_claims(
    *,
    scheme: Scheme,
    claims: QuerySet[Claim],
    by: User,
    now: datetime,
    reasons: Sequence[str] = (),
    note: str = "",
) -> int:
    """Withdraw those of `claims` that may still be withdrawn and release their money; return how many."""
    with acting("cancel_claims", by=by, now=now, reasons=reasons, note=note):
        ending = claims.filter(state__in=CANCEL_FROM)
        return _end(scheme, ending, {"state": ClaimState.CANCELLED}, by=by, now=now)


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
        ending = claims.filter(state__in=REFUSE_FROM)
        changes = {"state": ClaimState.REFUSED, "refusals": sorted(reasons)}
        return _end(scheme, ending, changes, by=by, now=now)


def start_recovery(
    *, claims: QuerySet[Claim], by: User, now: datetime, reasons: Sequence[str] = (), note: str = ""
) -> int:
    """Demand paid money back (a returned purchase, a fraud found later); return for how many claims."""
    with acting("start_recovery", by=by, now=now, reasons=reasons, note=note):
        return claims.filter(state__in=START_RECOVERY_FROM).update(state=ClaimState.RECOVERING)


def record_return(*, scheme: Scheme, claims: QuerySet[Claim], by: User, now: datetime, note: str = "") -> int:
    """The recovered money has arrived: it is available again. Return for how many claims."""
    with acting("record_return", by=by, now=now, note=note):
        locked = lock_scheme(scheme)
        back = _lock(claims.filter(scheme=scheme, state__in=RECORD_RETURN_FROM))
        append_for_claims(scheme=locked, kind="return", claim_ids=[c.pk for c in back], by=by, now=now)
        return Claim.objects.filter(pk__in=[c.pk for c in back]).update(state=ClaimState.RECOVERED)


def _end(
    scheme: Scheme, claims: QuerySet[Claim], changes: Mapping[str, Any], *, by: User, now: datetime
) -> int:
    locked = lock_scheme(scheme)
    ending = _lock(claims.filter(scheme=scheme))
    reserved = [c.pk for c in ending if c.state in RESERVED]
    append_for_claims(scheme=locked, kind="release", claim_ids=reserved, by=by, now=now)
    return Claim.objects.filter(pk__in=[c.pk for c in ending]).update(**changes, next_check_at=None)


def _lock(claims: QuerySet[Claim]) -> list[Claim]:
    return list(claims.select_for_update(of=("self",), no_key=True).only("pk", "state").order_by("pk"))
