"""The work lists: what goes no further until a person acts, the longest waiting first."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery

from core.models import User
from core.shanghai import local_day
from core.working_days import UnknownYear
from subsidies.models import CaseAssignment, CaseLook, Claim, ClaimEvent
from subsidies.review.selectors.deadlines import due_by
from subsidies.review.selectors.holds import open_holds
from subsidies.review.selectors.narrowing import EVERYTHING, Narrowing, after_place, backwards
from subsidies.review.selectors.open_cases import for_staff, open_cases
from subsidies.review.selectors.waiting import waiting_by_state
from subsidies.states import ClaimState

LOOK = timedelta(minutes=5)
MOST_COUNTED = 1_000


class Tab(StrEnum):
    """The lists by what is to be done; the first is what one person has, the last all that waits for the staff."""

    MINE = "mine"
    REVIEW = "review"
    HOLDS = "holds"
    CORRECTION = "correction"
    FAILED = "failed"
    OPEN = "open"


OVERDUE, DUE_TODAY = "overdue", "today"

STATE_OF = {
    Tab.REVIEW: ClaimState.REVIEW,
    Tab.CORRECTION: ClaimState.NEEDS_CORRECTION,
    Tab.FAILED: ClaimState.PAYOUT_FAILED,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One tab, of one kind of hold (all where empty), of what has waited for longer than so many days, narrowed further.

    `due`, of the last tab: what is OVERDUE or DUE_TODAY.
    """

    tab: Tab
    kind: str = ""
    days: int = 0
    more: Narrowing = EVERYTHING
    due: str = ""


def entries(chosen: Filter, *, now: datetime) -> QuerySet[Any, Any]:
    """Each claim (`claim`) of a list with the time since which it waits (`since`), in order."""
    rows: QuerySet[Any, Any]
    standing: QuerySet[Any, Any] = open_cases().filter(pk=OuterRef("claim"))
    if chosen.tab is Tab.HOLDS:
        rows = open_holds().filter(kind=chosen.kind) if chosen.kind else open_holds()
        since: Any = Min("placed_at")
    elif chosen.tab is Tab.MINE:  # whose, `more.holder` says
        rows, since = open_assignments(), Subquery(standing.values("since"))
    elif chosen.tab is Tab.OPEN:
        cases = _of_the_staff(chosen.due, today=local_day(now))
        rows = ClaimEvent.objects.filter(claim__in=cases.order_by().values("pk"))
        since = Max(Subquery(standing.values("since")))  # a claim has several events
    else:
        state = STATE_OF[chosen.tab]
        rows, since = ClaimEvent.objects.filter(to_state=state, claim__state=state), Max("at")
    waiting: QuerySet[Any, Any] = chosen.more.apply(rows).order_by().values("claim").annotate(since=since)
    if chosen.days:
        waiting = waiting.filter(since__lt=now - timedelta(days=chosen.days))
    return waiting.order_by(*chosen.more.order())


def _of_the_staff(due: str, *, today: date) -> QuerySet[Claim]:
    """All that waits for the staff; of a year whose holidays are not known nobody can say what is due."""
    cases = open_cases().filter(for_staff())
    with suppress(UnknownYear):
        overdue = due_by(today - timedelta(days=1))
        if due == OVERDUE:
            return cases.filter(overdue)
        if due == DUE_TODAY:
            return cases.filter(due_by(today)).exclude(pk__in=cases.filter(overdue).order_by().values("pk"))
    return cases


def open_assignments() -> QuerySet[CaseAssignment]:
    """The cases that are somebody's. What waits for nobody any more is none (`casework/sql/casework.sql`)."""
    return CaseAssignment.objects.open()


def counts(*, by: User, now: datetime) -> dict[Tab, int]:
    """How many claims stand in each list; in the first, of this person."""
    mine = open_assignments().filter(holder=by).count()
    by_state = {each.state: each.count for each in waiting_by_state(now=now)}
    held = open_holds().aggregate(n=Count("claim", distinct=True))["n"]
    every = open_cases().filter(for_staff()).order_by().count()
    found = {tab: by_state[state] for tab, state in STATE_OF.items()}
    return {Tab.MINE: mine, Tab.HOLDS: held, Tab.OPEN: every} | found


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
    order, place = chosen.more.order(), _place(chosen, (since, claim_id))
    before = after_place(all_of_them, backwards(order), place) if place else all_of_them
    return CasePosition(since, before[:MOST_COUNTED].count(), all_of_them[:MOST_COUNTED].count())


def _place(chosen: Filter, after: tuple[datetime, int]) -> dict[str, Any] | None:
    """Where a claim stands, or stood, in a list: by what the list is sorted. None of a claim that there is not."""
    since, claim = after
    columns = [column.lstrip("-") for column in chosen.more.order()]
    own = [column.removeprefix("claim__") for column in columns if column.startswith("claim__")]
    found = Claim.objects.filter(pk=claim).values(*own).first() if own else {}
    if found is None:
        return None
    return {"since": since, "claim": claim} | {f"claim__{name}": value for name, value in found.items()}


def next_case(chosen: Filter, *, after: tuple[datetime, int] | None, by: User, now: datetime) -> int | None:
    """The claim that comes after this place in the list, that is no colleague's and at which none looks; None at its end."""
    rows = entries(chosen, now=now)
    if not chosen.more.holder:
        rows = rows.exclude(claim__in=open_assignments().exclude(holder=by).values("claim"))
    rows = rows.exclude(claim__in=_looked_at_by_others(by, now).values("claim"))
    if after and (place := _place(chosen, after)):
        rows = after_place(rows, chosen.more.order(), place)
    first = rows.first()
    return first["claim"] if first else None


@dataclass(frozen=True, slots=True)
class WithOthers:
    """What of a list is left, though none of it is for this person now: how many are open at whose desk, how many whose."""

    looked_at: int
    lookers: tuple[User, ...]
    assigned: int
    holders: tuple[User, ...]


def with_others(chosen: Filter, *, by: User, now: datetime) -> WithOthers:
    """What colleagues have of a list: before them, or as theirs."""
    claims = entries(chosen, now=now).order_by().values("claim")
    looks = _looked_at_by_others(by, now).filter(claim__in=claims).select_related("by")
    theirs = open_assignments().filter(claim__in=claims).exclude(holder=by)
    theirs = theirs.exclude(claim__in=looks.values("claim")).select_related("holder")
    return WithOthers(
        len(looks),
        tuple(dict.fromkeys(look.by for look in looks)),
        theirs.count(),
        tuple(dict.fromkeys(each.holder for each in theirs[:MOST_COUNTED])),
    )


def _looked_at_by_others(by: User, now: datetime) -> QuerySet[CaseLook]:
    return CaseLook.objects.filter(until__gt=now).exclude(by=by)


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
