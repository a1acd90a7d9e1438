"""What waits for a person, by state and by age."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Max, Min, QuerySet

from subsidies.models import Claim, ClaimEvent
from subsidies.review.selectors.holds import open_holds
from subsidies.states import FOR_A_PERSON, ClaimState

AGES = (1, 3, 7)  # days: the ends of the first buckets, the last one has none


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many claims wait for a person in one state, since when, and how many in each bucket of AGES (one more: older)."""

    state: ClaimState
    count: int
    oldest: datetime | None
    buckets: tuple[int, ...]


# A claim waits since its last move into its state. Few moves lead into these states, and a partial index knows them.
_WAITING = """
    WITH waiting AS (
        SELECT c.state, max(e.at) AS since
        FROM subsidies_claimevent e JOIN subsidies_claim c ON c.id = e.claim_id AND c.state = e.to_state
        WHERE e.to_state = ANY(%s::varchar[]) GROUP BY c.id, c.state
    )
    SELECT state, width_bucket(since, %s::timestamptz[]), min(since), count(*) FROM waiting GROUP BY 1, 2
"""


def waiting_by_state(*, now: datetime) -> list[Waiting]:
    """Each state that goes no further by itself, with the ages of what is in it."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * (len(AGES) + 1))
    oldest: dict[str, datetime] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [list(FOR_A_PERSON), sorted(_ends(now))])
        for state, newer_than, since, count in cursor:
            counts[state][len(AGES) - newer_than] = count
            oldest[state] = min(since, oldest.get(state, since))
    return [
        Waiting(state, sum(counts[state]), oldest.get(state), tuple(counts[state])) for state in FOR_A_PERSON
    ]


@dataclass(frozen=True, slots=True)
class Held:
    """How many claims are held, in each bucket of AGES, and since when the first."""

    oldest: datetime | None
    buckets: tuple[int, ...]


_HELD = """
    WITH held AS (
        SELECT min(h.placed_at) AS since FROM subsidies_hold h JOIN subsidies_claim c ON c.id = h.claim_id AND c.live
        WHERE h.cleared_at IS NULL GROUP BY h.claim_id
    )
    SELECT width_bucket(since, %s::timestamptz[]), min(since), count(*) FROM held GROUP BY 1
"""


def held_by_age(*, now: datetime) -> Held:
    """The held claims by how long they have been held, by the first of their holds that is open."""
    counts, oldest = [0] * (len(AGES) + 1), None
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [sorted(_ends(now))])
        for newer_than, since, count in cursor:
            counts[len(AGES) - newer_than] = count
            oldest = min(since, oldest or since)
    return Held(oldest, tuple(counts))


def held_in_bucket(claims: QuerySet[Claim], bucket: int, *, now: datetime) -> QuerySet[Claim]:
    """The claims that `held_by_age` counts in this bucket of AGES."""
    held: QuerySet[Any, Any] = open_holds().order_by().values("claim").annotate(since=Min("placed_at"))
    return claims.filter(pk__in=_within(held, bucket, now=now).values("claim"))


def waiting_in_bucket(claims: QuerySet[Claim], bucket: int, *, now: datetime) -> QuerySet[Claim]:
    """The claims that are counted in this bucket of AGES."""
    moves = ClaimEvent.objects.filter(to_state__in=FOR_A_PERSON, claim__state=F("to_state")).order_by()
    waiting: QuerySet[Any, Any] = moves.values("claim").annotate(since=Max("at"))
    waiting = _within(waiting, bucket, now=now)
    return claims.filter(state__in=FOR_A_PERSON, pk__in=waiting.values("claim"))


def _within(waiting: QuerySet[Any, Any], bucket: int, *, now: datetime) -> QuerySet[Any, Any]:
    ends = _ends(now)
    if bucket > 0:
        waiting = waiting.filter(since__lt=ends[bucket - 1])
    if bucket < len(ends):
        waiting = waiting.filter(since__gte=ends[bucket])
    return waiting


def _ends(now: datetime) -> list[datetime]:
    return [now - timedelta(days=days) for days in AGES]
