"""A page of a long list of claims in one state: the tallies say in which hours they are, so nobody else is passed by.

No index knows the state of a claim (docs/adr/0010), and the rare ones would be looked for among all. The tallies hold few
rows: from the newest hour on, they tell in which hours the page lies and how many claims there are before it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.core.paginator import Page
from django.db import connection
from django.db.models import QuerySet, Sum

from core.paging import AtLeast, CappedPaginator
from subsidies.claims.models.claim import PLACE
from subsidies.models import Claim, ClaimEvent, ClaimTally, Scheme
from subsidies.states import ENDED, FOR_A_PERSON, RARE

HOUR = timedelta(hours=1)
NEWEST_FIRST = tuple(f"-{name}" for name in PLACE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Claims in these states, all ended or none of them; of one scheme, completed in whole hours, where that is asked."""

    states: tuple[str, ...]
    scheme: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def known(self) -> bool:
        """Whether the tallies can tell where they are."""
        ended = {state in ENDED for state in self.states}
        edges = [edge for edge in (self.since, self.until) if edge]
        if set(self.states) <= {*FOR_A_PERSON, *RARE}:
            return False  # their moves tell it better
        return len(ended) == 1 and all(edge.timestamp() % HOUR.total_seconds() == 0 for edge in edges)


def hours_of(wanted: Wanted, *, most: int) -> list[tuple[datetime, int]]:
    """The newest hours in which such claims were completed, with their numbers; enough of them for `most` claims."""
    tallies = ClaimTally.objects.filter(state__in=wanted.states)
    if wanted.scheme is not None:
        tallies = tallies.filter(scheme=wanted.scheme)
    if wanted.since:
        tallies = tallies.filter(hour__gte=wanted.since)
    if wanted.until:
        tallies = tallies.filter(hour__lt=wanted.until)
    return list(tallies.values_list("hour").annotate(n=Sum("count")).filter(n__gt=0).order_by("-hour")[:most])


def by_their_moves(claims: QuerySet[Claim], states: Collection[str]) -> QuerySet[Claim]:
    """The same claims, told by what an index knows of these states: few moves lead into some, few claims have ended."""
    if states and set(states) <= {*FOR_A_PERSON, *RARE}:
        moved = ClaimEvent.objects.filter(to_state__in=states).order_by()
        return claims.filter(pk__in=moved.values("claim"))
    return claims.filter(live=False) if states and set(states) <= set(ENDED) else claims


# Hour by hour along the index by place, which the inner LIMIT makes sure of; only the hours of one page are asked for.
_PAGE = """
    SELECT c.id FROM unnest(%(hours)s::timestamptz[]) AS hour
    CROSS JOIN LATERAL (
        SELECT id, completed_at, received_at FROM subsidies_claim
        WHERE scheme_id = ANY(%(schemes)s) AND state = ANY(%(states)s) AND live
          AND completed_at >= hour AND completed_at < hour + interval '1 hour'
        ORDER BY completed_at DESC, received_at DESC, id DESC LIMIT %(end)s
    ) c
    ORDER BY c.completed_at DESC, c.received_at DESC, c.id DESC LIMIT %(most)s OFFSET %(offset)s
"""
_PAGE_OF_ENDED = _PAGE.replace("AND live", "AND NOT live")


class PlacePaginator(CappedPaginator):
    """Pages of claims in the order of `NEWEST_FIRST`, each looked for in its own hours alone."""

    def __init__(self, claims: QuerySet[Claim], per_page: int, *, wanted: Wanted) -> None:
        super().__init__(claims, per_page)
        self._claims, self._wanted = claims, wanted

    @cached_property
    def _hours(self) -> list[tuple[datetime, int]]:
        return hours_of(self._wanted, most=self.most + 1)

    @cached_property
    def count(self) -> int:
        found = sum(number for _hour, number in self._hours)
        return AtLeast(self.most) if found > self.most else found

    def page(self, number: Any) -> Page[Any]:
        """One page: the hours in which it lies, then its rows in these."""
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        top = min(bottom + self.per_page, self.count)
        hours: list[datetime] = []
        passed = before = 0
        for hour, found in self._hours:
            if passed < top and passed + found > bottom:
                before = before if hours else passed
                hours.append(hour)
            passed += found
        keys = self._keys(hours, offset=bottom - before, most=top - bottom)
        return Page(self._claims.filter(pk__in=keys), number, self)

    def _keys(self, hours: list[datetime], *, offset: int, most: int) -> list[int]:
        wanted = self._wanted
        schemes = [wanted.scheme] if wanted.scheme else list(Scheme.objects.values_list("pk", flat=True))
        asked: dict[str, Any] = {"schemes": schemes, "states": list(wanted.states), "hours": hours}
        asked |= {"offset": offset, "most": most, "end": offset + most}
        with connection.cursor() as cursor:
            cursor.execute(_PAGE_OF_ENDED if wanted.states[0] in ENDED else _PAGE, asked)
            return [key for (key,) in cursor]
