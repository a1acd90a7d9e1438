"""What waits for a person, by state and by age."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Max, QuerySet

from subsidies.models import Claim, ClaimEvent
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


def waiting_in_bucket(claims: QuerySet[Claim], bucket: int, *, now: datetime) -> QuerySet[Claim]:
    """The claims that are counted in this bucket of AGES."""
    moves = ClaimEvent.objects.filter(to_state__in=FOR_A_PERSON, claim__state=F("to_state")).order_by()
    waiting: QuerySet[Any, Any] = moves.values("claim").annotate(since=Max("at"))
    ends = _ends(now)
    if bucket > 0:
        waiting = waiting.filter(since__lt=ends[bucket - 1])
    if bucket < len(ends):
        waiting = waiting.filter(since__gte=ends[bucket])
    return claims.filter(state__in=FOR_A_PERSON, pk__in=waiting.values("claim"))


def _ends(now: datetime) -> list[datetime]:
    return [now - timedelta(days=days) for days in AGES]
