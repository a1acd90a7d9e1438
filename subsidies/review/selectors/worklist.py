"""The work lists: what goes no further until a person acts, the longest waiting first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from core.models import User
from subsidies.models import CaseLook, ClaimEvent
from subsidies.review.selectors.holds import open_holds
from subsidies.review.selectors.waiting import waiting_by_state
from subsidies.states import ClaimState

LOOK = timedelta(minutes=5)
MOST_COUNTED = 1_000


class Tab(StrEnum):
    """The lists by what is to be done."""

    REVIEW = "review"
    HOLDS = "holds"
    CORRECTION = "correction"
    FAILED = "failed"


STATE_OF = {
    Tab.REVIEW: ClaimState.REVIEW,
    Tab.CORRECTION: ClaimState.NEEDS_CORRECTION,
    Tab.FAILED: ClaimState.PAYOUT_FAILED,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One tab, of one kind of hold (all where empty), of what has waited for longer than so many days."""

    tab: Tab
    kind: str = ""
    days: int = 0


def entries(chosen: Filter, *, now: datetime) -> QuerySet[Any, Any]:
    """Each claim (`claim`) of a list with the time since which it waits (`since`), in order."""
    waiting: QuerySet[Any, Any]
    if chosen.tab is Tab.HOLDS:
        held = open_holds().filter(kind=chosen.kind) if chosen.kind else open_holds()
        waiting = held.order_by().values("claim").annotate(since=Min("placed_at"))
    else:
        state = STATE_OF[chosen.tab]
        moved = ClaimEvent.objects.filter(to_state=state, claim__state=state)
        waiting = moved.order_by().values("claim").annotate(since=Max("at"))
    if chosen.days:
        waiting = waiting.filter(since__lt=now - timedelta(days=chosen.days))
    return waiting.order_by("since", "claim")


def counts(*, now: datetime) -> dict[Tab, int]:
    """How many claims stand in each list."""
    by_state = {each.state: each.count for each in waiting_by_state(now=now)}
    held = open_holds().aggregate(n=Count("claim", distinct=True))["n"]
    return {tab: held if tab is Tab.HOLDS else by_state[STATE_OF[tab]] for tab in Tab}


def counts_by_kind() -> Mapping[str, int]:
    """How many claims are held for each kind of reason."""
    return dict(open_holds().order_by().values_list("kind").annotate(Count("claim")))


@dataclass(frozen=True, slots=True)
class CasePosition:
    """Where a case stands in its list: `since` when it waits, how many come before and how many there are."""

    since: datetime
    before: int
    total: int


def case_position(chosen: Filter, claim_id: int, *, now: datetime) -> CasePosition | None:
    """None where the list does not hold the claim any more. Counted as far as anybody reads: MOST_COUNTED."""
    own = entries(chosen, now=now).filter(claim=claim_id).first()
    if own is None:
        return None
    since: datetime = own["since"]
    all_of_them = entries(chosen, now=now).order_by()
    before = all_of_them.filter(Q(since__lt=since) | Q(since=since, claim__lt=claim_id))
    return CasePosition(since, before[:MOST_COUNTED].count(), all_of_them[:MOST_COUNTED].count())


def next_case(chosen: Filter, *, after: tuple[datetime, int] | None, by: User, now: datetime) -> int | None:
    """The claim that comes after this place in the list, which no colleague is looking at; None at its end."""
    taken = CaseLook.objects.filter(until__gt=now).exclude(by=by)
    rows = entries(chosen, now=now).exclude(claim__in=taken.values("claim"))
    if after:
        since, claim = after
        rows = rows.filter(Q(since__gt=since) | Q(since=since, claim__gt=claim))
    first = rows.first()
    return first["claim"] if first else None


def look_at(*, claim_id: int, by: User, now: datetime) -> CaseLook | None:
    """Say that this person has the case open; the look of a colleague who has it open already, or None."""
    look, fresh = CaseLook.objects.get_or_create(
        claim_id=claim_id, defaults={"by": by, "since": now, "until": now + LOOK}
    )
    if fresh:
        return None
    mine = CaseLook.objects.filter(pk=look.pk).filter(Q(by=by) | Q(until__lte=now))
    since = look.since if look.by_id == by.pk and look.until > now else now
    return None if mine.update(by=by, since=since, until=now + LOOK) else look


def looked_at(claim_ids: list[int], *, now: datetime) -> dict[int, User]:
    """Who has which of these cases open."""
    looks = CaseLook.objects.filter(claim__in=claim_ids, until__gt=now).select_related("by")
    return {look.claim_id: look.by for look in looks}


def leave_case(*, claim_id: int, by: User) -> None:
    """The case is done with, or left."""
    CaseLook.objects.filter(claim=claim_id, by=by).delete()
