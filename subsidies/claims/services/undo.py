"""What takes a decision back before payment: withdrawal and refusal. Nothing is edited, all is added.

The reserved money is released, and goes to the waitlist at the next allocation. After payment only a recovery brings it back
(`subsidies.recoveries`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.audit.acting import acting
from core.models import User
from subsidies.ledger.services.append import append_for_claims, lock_scheme
from subsidies.models import Claim, Scheme, Supplement
from subsidies.reasons import REASONS
from subsidies.states import RESERVED, ClaimState, leading_to

CANCEL_FROM = leading_to(ClaimState.CANCELLED)
REFUSE_FROM = leading_to(ClaimState.REFUSED)


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
    """Withdraw those of `claims` that may still be withdrawn and release their money; return how many.

    Left alone: what was paid more by a supplement, or is to be, before its subsidy came back.
    """
    with acting("cancel_claims", by=by, now=now, reasons=reasons, note=note):
        besides = Supplement.objects.filter(state__in=[*Supplement.SET_ASIDE, Supplement.State.PAID])
        ending = claims.filter(state__in=CANCEL_FROM).exclude(pk__in=besides.values("claim"))
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
