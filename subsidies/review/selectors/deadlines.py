"""By when a case is to be decided: the term of its policy in working days, or the day that was set for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from core.shanghai import local_day, midnight
from core.working_days import UnknownYear, began_too_early, working_days_after
from subsidies.models import PolicyVersion

_DAY = timedelta(days=1)
_HORIZON = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Deadline:
    """`on`: the last day (Asia/Shanghai); None where the policy has no term, or nobody can say.

    `unknown_year`: the year whose holidays are not known, because of which nobody can. `own`: it was set for this case.
    `counts_from`: the first of the policy's `working_days`.
    """

    on: date | None
    unknown_year: int = 0
    own: bool = False
    counts_from: date | None = None
    working_days: int = 0

    def is_over(self, today: date) -> bool:
        return self.on is not None and self.on < today

    def is_today(self, today: date) -> bool:
        return self.on == today


def deadline(*, since: datetime, working_days: int | None, own_due: date | None) -> Deadline:
    """Of one case. The day on which it began to wait does not count."""
    if own_due is not None:
        return Deadline(own_due, own=True)
    if working_days is None:
        return Deadline(None)
    try:
        first, last = (working_days_after(local_day(since), count) for count in (1, working_days))
        return Deadline(last, counts_from=first, working_days=working_days)
    except UnknownYear as unknown:
        return Deadline(None, unknown_year=unknown.year)


def due_by(day: date) -> Q:
    """For `open_cases`: what was to be decided by this day, or before. Raises UnknownYear."""
    terms = (
        PolicyVersion.objects.exclude(review_days=None)
        .order_by()
        .values_list("review_days", flat=True)
        .distinct()
    )
    by_policy = (
        Q(policy__review_days=term, since__lt=midnight(began_too_early(day + _DAY, term or 0) + _DAY))
        for term in terms
    )
    return Q(own_due__lte=day) | Q(own_due__isnull=True) & reduce(or_, by_policy, Q(pk__in=[]))


def unknown_ahead(today: date) -> int:
    """The first year within the next weeks whose holidays are not known; 0 where all are."""
    try:
        working_days_after(today, 1)
        working_days_after(today + _HORIZON, 1)
    except UnknownYear as unknown:
        return unknown.year
    return 0
