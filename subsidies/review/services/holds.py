"""Holding a claim's money back until a person has looked, and letting it go on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.decisions import mark
from core.models import User
from subsidies.marked import HOLD_CLEARED
from subsidies.models import Claim, Hold
from subsidies.review.models.hold import HoldQuerySet


@transaction.atomic
def place_holds(
    *,
    kind: Hold.Kind,
    evidence: Mapping[int, Mapping[str, Any]],
    by: User | None,
    now: datetime,
    reasons: Sequence[str] = (),
) -> int:
    """Hold the claims that are the keys of `evidence`, each for what was noticed; return how many holds are new.

    `reasons`: the codes for which a person does so.
    A hold of this kind that is open stands as it is, and one that a person cleared is not placed again by the system.
    """
    known = Hold.objects.filter(claim__in=evidence, kind=kind)
    if by is not None:
        known = known.open()
    held = set(known.values_list("claim", flat=True))
    fresh = [
        Hold(
            claim_id=claim,
            kind=kind,
            evidence=dict(noticed),
            reasons=list(reasons),
            placed_at=now,
            placed_by=by,
        )
        for claim, noticed in evidence.items()
        if claim not in held
    ]
    return len(Hold.objects.bulk_create(fresh, ignore_conflicts=True))


def lock_claims(claims: QuerySet[Claim]) -> None:
    """Until this transaction ends nobody else moves these claims, or has them paid elsewhere."""
    list(claims.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


@transaction.atomic
def clear_holds(
    *, holds: HoldQuerySet, by: User, now: datetime, reasons: Sequence[str] = (), note: str = ""
) -> int:
    """Say that there is nothing amiss, and why; return how many were open. Raises ValueError where no reason is given.

    No payee changes meanwhile: of each claim that is concerned the row is locked first, as `change_payee` locks it.
    """
    note = note.strip()
    if not (reasons or note):
        raise ValueError("a hold is cleared for a reason")
    lock_claims(Claim.objects.filter(pk__in=holds.open().order_by().values("claim")))
    chosen = list(
        holds.open().order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True)
    )
    count = Hold.objects.filter(pk__in=chosen).update(
        cleared_at=now, cleared_by=by, cleared_reasons=list(reasons), note=note
    )
    mark(HOLD_CLEARED, chosen, at=now)
    return count
