"""Authorising agent points and taking that back.

A withdrawal is not retroactive: what was collected up to the last day stays as it was decided. It holds what is unpaid,
and so does a file that shortens an authorisation.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.audit.record import Action, record
from core.models import User
from core.shanghai import local_day
from merchants.models import AgentAuthorization, AgentPoint
from subsidies.models import Claim, Hold
from subsidies.review.services.holds import place_holds
from subsidies.shops.selectors.unpaid import unpaid_claims
from subsidies.states import PENDING

AHEAD = timedelta(days=366)


class AuthorisationRefused(ValueError):
    """The base of what is refused here."""


class Overlaps(AuthorisationRefused):
    """The point is authorised on some of these days already."""


class Reversed(AuthorisationRefused):
    """The last day is before the first."""


class Retroactive(AuthorisationRefused):
    """Nothing is granted or withdrawn for days that have passed."""


class TooFar(AuthorisationRefused):
    """Nothing is arranged more than a year ahead."""


class NotAuthorised(AuthorisationRefused):
    """The point is not authorised on that day: there is nothing to withdraw."""


class NoReason(AuthorisationRefused):
    """A withdrawal says why."""


def grant_authorisation(
    *, point: AgentPoint, starts_on: date, ends_on: date | None, by: User, now: datetime
) -> AgentAuthorization:
    """Authorise a point (授牌) from a day on, today or later. Raises Retroactive, Reversed, Overlaps."""
    if starts_on < local_day(now):
        raise Retroactive(f"{starts_on} has passed")
    if ends_on is not None and ends_on < starts_on:
        raise Reversed(f"{ends_on} is before {starts_on}")
    with acting("grant_authorisation", by=by, now=now):
        _lock(point)
        others = point.authorizations.reaching(starts_on)
        if (others if ends_on is None else others.filter(starts_on__lte=ends_on)).exists():
            raise Overlaps(f"{point} is authorised on some of these days")
        granted = point.authorizations.create(starts_on=starts_on, ends_on=ends_on)
        period = {"point_no": point.point_no, "starts_on": str(starts_on), "ends_on": str(ends_on or "")}
        record(Action.DECIDE, by=by, of=granted, detail={"verb": "grant_authorisation", **period})
        return granted


def withdraw_authorisation(*, point: AgentPoint, last_day: date, reason: str, by: User, now: datetime) -> int:
    """End a point's authorisation (撤回) after a day, today or later, and hold its unpaid claims; return how many holds.

    Periods that would begin later are struck. Raises NoReason, Retroactive, TooFar, NotAuthorised.
    """
    if not reason.strip():
        raise NoReason("a withdrawal says why")
    if last_day < local_day(now):
        raise Retroactive(f"{last_day} has passed")
    if last_day > local_day(now) + AHEAD:
        raise TooFar(f"{last_day} is more than a year ahead")
    with acting("withdraw_authorisation", by=by, now=now, note=reason.strip()):
        _lock(point)
        ended = _end(point, last_day, reason=reason.strip(), by=by, now=now)
        ids = unpaid_claims(point).order_by("pk").values_list("pk", flat=True)
        held = place_holds(
            kind=Hold.Kind.AUTHORIZATION, evidence=dict.fromkeys(ids, _why(ended)), by=by, now=now
        )
        detail = {"verb": "withdraw_authorisation", "point_no": point.point_no, "last_day": str(last_day)}
        record(Action.DECIDE, by=by, of=ended, detail={**detail, "held": held})
        return held


def _lock(point: AgentPoint) -> None:
    """Wait for files with records of this point that are just being confirmed, and let new ones wait."""
    AgentPoint.objects.select_for_update().get(pk=point.pk)


def _end(point: AgentPoint, last_day: date, *, reason: str, by: User, now: datetime) -> AgentAuthorization:
    """Cut the period that goes beyond the day, and strike those behind it."""
    beyond = point.authorizations.reaching(last_day + timedelta(days=1))
    ended = beyond.filter(starts_on__lte=last_day).first()
    if ended is None:
        raise NotAuthorised(f"{point} is not authorised after {last_day}")
    beyond.filter(starts_on__gt=last_day).delete()
    ended.ends_on, ended.withdrawn_at, ended.withdrawn_by, ended.withdrawal_reason = last_day, now, by, reason
    ended.save(update_fields=["ends_on", "withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    return ended


def hold_late_arrivals(*, batch_id: int, now: datetime) -> int:
    """Hold the new claims of a batch whose point stands withdrawn: what was withdrawn for a reason is looked at, however
    late its records come in. Return how many.
    """
    withdrawn = {
        period.agent_point_id: period
        for period in AgentAuthorization.objects.filter(withdrawn_at__isnull=False)
        .select_related("agent_point")
        .order_by("starts_on")
    }
    again = AgentAuthorization.objects.filter(agent_point__in=withdrawn, withdrawn_at__isnull=True)
    for point, starts_on in again.values_list("agent_point", "starts_on"):
        if point in withdrawn and starts_on > withdrawn[point].starts_on:
            del withdrawn[point]
    if not withdrawn:
        return 0
    claims = Claim.objects.filter(
        live=True, state__in=PENDING, trade_in__batch=batch_id, trade_in__agent_point__in=withdrawn
    )
    evidence = {
        claim: _why(withdrawn[point]) for claim, point in claims.values_list("pk", "trade_in__agent_point")
    }
    return place_holds(kind=Hold.Kind.AUTHORIZATION, evidence=evidence, by=None, now=now)


def period_ends() -> dict[int, date | None]:
    """When each authorisation ends, to be compared after a file of agent points was confirmed."""
    return dict(AgentAuthorization.objects.values_list("pk", "ends_on"))


def hold_shortened(
    *, before: Mapping[int, date | None], batch_id: int, by: User | None, now: datetime
) -> int:
    """Hold the unpaid claims of points whose authorisation a file has shortened: that is a withdrawal too."""
    held = 0
    for period in AgentAuthorization.objects.filter(pk__in=before, ends_on__isnull=False).select_related(
        "agent_point"
    ):
        was = before[period.pk]
        if was is None or (period.ends_on is not None and period.ends_on < was):
            why = {**_why(period), "reason": _("导入批次 %s 缩短了授权") % batch_id}
            ids = unpaid_claims(period.agent_point).values_list("pk", flat=True)
            held += place_holds(
                kind=Hold.Kind.AUTHORIZATION, evidence=dict.fromkeys(ids, why), by=by, now=now
            )
    return held


def _why(period: AgentAuthorization) -> dict[str, Any]:
    return {
        "point_no": period.agent_point.point_no,
        "day": str(period.ends_on),
        "reason": period.withdrawal_reason,
    }
