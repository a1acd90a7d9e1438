"""Whether the registers still say what the checks went by: the bike's, the shop's day, the periods of its agent point.

They change rightly, and no mark is over them; but what was written there for the moment of a check is gone afterwards.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from subsidies.checks.selectors.cases import load_cases
from subsidies.engine.checks import assess
from subsidies.models import PayoutLine

AT_ONCE = 1000
LATELY = timedelta(days=30)


def no_longer_pass(claims: Iterable[int]) -> set[int]:
    """Those of these claims, by their ids, that would be refused if they were checked now, on the same answers.

    A fixed number of queries.
    """
    return {claim.pk for claim, case in load_cases(list(claims)) if assess(case).refusals}


def paid_and_no_longer_pass(*, now: datetime) -> list[int]:
    """The same among the claims whose subsidy was paid in the last 30 days: a person looks."""
    paid = PayoutLine.objects.filter(
        state=PayoutLine.State.SUCCESS, supplement=None, finished_at__gt=now - LATELY
    )
    ids = list(paid.order_by("claim").values_list("claim", flat=True).distinct())
    return [
        pk
        for start in range(0, len(ids), AT_ONCE)
        for pk in sorted(no_longer_pass(ids[start : start + AT_ONCE]))
    ]
