"""Whether the registers still say what the checks went by: the bike's, the shop's day, the periods of its agent point.

They change rightly, and no mark is over them; but what was written there for the moment of a check is gone afterwards.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from core.shanghai import local_day, midnight
from subsidies.checks.selectors.cases import load_cases
from subsidies.engine.checks import assess
from subsidies.models import PayoutLine

AT_ONCE = 1000
LATELY = timedelta(days=30)


def no_longer_pass(claims: Iterable[int], *, now: datetime) -> set[int]:
    """Those of these claims, by their ids, that would be refused if they were checked at `now`, on the same answers and
    the papers that count then. A fixed number of queries.
    """
    return {claim.pk for claim, case in load_cases(list(claims), now=now) if assess(case).refusals}


def paid_and_no_longer_pass(*, now: datetime) -> list[int]:
    """The same among the claims whose subsidy was paid in the last 30 days, on the day of its payment: a person looks."""
    paid = PayoutLine.objects.filter(
        state=PayoutLine.State.SUCCESS, supplement=None, finished_at__gt=now - LATELY
    )
    by_day: dict[date, list[int]] = defaultdict(list)
    for claim, at in paid.order_by("claim").values_list("claim", "finished_at"):
        if at is not None:  # what was made says when
            by_day[local_day(at)].append(claim)
    found: set[int] = set()
    for day, ids in by_day.items():
        for start in range(0, len(ids), AT_ONCE):
            found |= no_longer_pass(ids[start : start + AT_ONCE], now=midnight(day))
    return sorted(found)
