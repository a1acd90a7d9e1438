"""The forms' data handed to the services, for one claim or many. Each returns how many it moved."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from django.db.models import QuerySet

from core.models import User
from subsidies.claims.services import undo
from subsidies.models import Claim, Hold, PayoutBatch, PayoutLine
from subsidies.payouts.services import payouts
from subsidies.review.selectors.obstacles import STATES, obstacles, schemes_of
from subsidies.review.services import decide
from subsidies.review.services import holds as held

Claims = QuerySet[Claim]
Data = Mapping[str, Any]


class Ordered(int):
    """How many payments were ordered, and the batches that they stand in."""

    batches: tuple[PayoutBatch, ...]

    def __new__(cls, count: int, batches: Iterable[PayoutBatch]) -> Self:
        ordered = super().__new__(cls, count)
        ordered.batches = tuple(batches)
        return ordered


def approve(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return payouts.approve_claims(claims=claims, by=by, now=now, note=data.get("note", ""))


def retry_failed(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return payouts.retry_failed(claims=claims, by=by, now=now, note=data["written"])


def order_payment(claims: Claims, data: Data, by: User, now: datetime) -> Ordered:
    """In every scheme for which this person may; raises NotYours where that is none."""
    batches: list[PayoutBatch] = []
    refused = None
    for scheme in schemes_of(claims):
        try:
            made = payouts.make_payouts(scheme=scheme, claims=claims, by=by, now=now)
        except payouts.NotYours as error:
            refused = error
        else:
            batches += made.batches
    if refused and not batches:
        raise refused
    return Ordered(PayoutLine.objects.filter(batch__in=batches).count(), batches)


def ask_again(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return decide.ask_again(claims=claims, by=by, now=now, note=data["written"])


def demand_correction(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return decide.demand_correction(claims=claims, by=by, now=now, note=data["written"])


def clear_holds(claims: Claims, data: Data, by: User, now: datetime) -> int:
    """All that are open; how many claims that concerns."""
    going_on = claims.filter(state__in=STATES["clear_holds"])
    holds = Hold.objects.filter(claim__in=going_on, cleared_at__isnull=True)
    concerned = holds.order_by().values("claim").distinct().count()
    return concerned if held.clear_holds(holds=holds, by=by, now=now, note=data["written"]) else 0


def hold(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return _object("hold", claims, {"text": data["written"]}, by, now)


def propose_refusal(claims: Claims, data: Data, by: User, now: datetime) -> int:
    noticed = {"refusals": sorted(data["reasons"]), "note": data["note"]}
    return _object("propose_refusal", claims, noticed, by, now)


def _object(slug: str, claims: Claims, noticed: dict[str, Any], by: User, now: datetime) -> int:
    for _code, obstacle in obstacles(slug, by=by):
        claims = claims.exclude(obstacle)
    evidence = dict.fromkeys(claims.order_by().values_list("pk", flat=True), noticed)
    return held.place_holds(kind=Hold.Kind.OBJECTION, evidence=evidence, by=by, now=now)


def refuse(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return sum(
        undo.refuse_claims(
            scheme=scheme, claims=claims, reasons=data["reasons"], by=by, now=now, note=data["note"]
        )
        for scheme in schemes_of(claims)
    )


def cancel(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return sum(
        undo.cancel_claims(scheme=scheme, claims=claims, by=by, now=now, note=data["written"])
        for scheme in schemes_of(claims)
    )


def start_recovery(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return undo.start_recovery(claims=claims, by=by, now=now, note=data["written"])


def record_return(claims: Claims, data: Data, by: User, now: datetime) -> int:
    return sum(
        undo.record_return(scheme=scheme, claims=claims, by=by, now=now, note=data.get("note", ""))
        for scheme in schemes_of(claims)
    )
