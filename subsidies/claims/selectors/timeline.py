"""How far a claim has come: five stations in the order in which they are reached."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.money import yuan
from subsidies.claims.selectors.place import place_of
from subsidies.models import Claim
from subsidies.states import GRANTED, PENDING, ClaimState

StepState = Literal["done", "now", "todo", "wrong"]


@dataclass(frozen=True, slots=True)
class Station:
    """One station: whether it is behind, here or ahead, when it was reached, and a sentence."""

    title: str | Promise
    standing: StepState
    at: datetime | None = None
    text: str | Promise = ""


def timeline(claim: Claim) -> tuple[Station, ...]:
    """Received, checked, place, money, paid. Its `stage` and `trade_in` should be loaded."""
    reached = {event.to_state: event.at for event in claim.events.order_by("pk")}
    return (
        Station(_("已收到"), "done", claim.trade_in.received_at),
        _checked(claim, reached),
        _place(claim),
        _money(claim, reached),
        _paid(claim, reached),
    )


Reached = dict[str, datetime]
# It was paid, or was to be, and it did not stay so.
_UNDONE = (
    ClaimState.PAYOUT_FAILED,
    ClaimState.RECOVERING,
    ClaimState.RECOVERED,
    ClaimState.WRITTEN_OFF,
)


def _checked(claim: Claim, reached: Reached) -> Station:
    if claim.state in PENDING:
        return Station(_("核验"), "now", None, ClaimState(claim.state).label)
    if claim.state == ClaimState.REFUSED and ClaimState.ELIGIBLE not in reached:
        return Station(_("核验"), "wrong", reached.get(ClaimState.REFUSED), _("未通过"))
    if ClaimState.ELIGIBLE not in reached:
        return Station(_("核验"), "todo")
    return Station(_("核验"), "done", reached[ClaimState.ELIGIBLE], _("通过"))


def _place(claim: Claim) -> Station:
    place = place_of(claim)
    if place is None:
        return Station(_("名次"), "todo", None, ClaimState(claim.state).label)
    text = _("第 %s 名") % f"{place:,}"
    if claim.state in PENDING:
        return Station(_("名次"), "now", None, _("%s(核验后确定)") % text)
    return Station(_("名次"), "done", None, text)


def _money(claim: Claim, reached: Reached) -> Station:
    if claim.state in GRANTED:
        return Station(
            _("锁定补贴"), "done", reached.get(ClaimState.SETTLED), _("%s 元") % yuan(claim.amount_fen)
        )
    if claim.state in (ClaimState.ELIGIBLE, ClaimState.WAITLISTED):
        return Station(_("锁定补贴"), "now", None, ClaimState(claim.state).label)
    return Station(_("锁定补贴"), "todo")


def _paid(claim: Claim, reached: Reached) -> Station:
    label = ClaimState(claim.state).label
    if claim.state == ClaimState.PAID:
        return Station(_("发放"), "done", reached.get(ClaimState.PAID), label)
    if claim.state in _UNDONE:
        return Station(_("发放"), "wrong", reached.get(claim.state), label)
    if claim.state in (ClaimState.APPROVED, ClaimState.IN_PAYOUT, ClaimState.PAYOUT_UNKNOWN):
        return Station(_("发放"), "now", None, label)
    return Station(_("发放"), "todo")
