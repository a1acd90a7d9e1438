"""The claims in figures, kept beside them."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import TruncDate

from core.shanghai import SHANGHAI, midnight
from subsidies.schemes.models.scheme import Scheme
from subsidies.states import ClaimState


class ClaimTallyQuerySet(models.QuerySet["ClaimTally"]):
    """Claims counted, without looking at one of them."""

    def completed_between(self, first: date, last: date) -> Self:
        """Those that were completed on these local days, both included: here, an hour lies in one day whole."""
        return self.filter(hour__gte=midnight(first), hour__lt=midnight(last + timedelta(days=1)))

    def total(self) -> int:
        return self.aggregate(n=models.Sum("count"))["n"] or 0

    def by_state(self) -> Counter[str]:
        return Counter(dict(self.values_list("state").annotate(models.Sum("count"))))

    def by_day(self) -> dict[date, Counter[str]]:
        """Of each local day, how many are in each state."""
        counts: dict[date, Counter[str]] = defaultdict(Counter)
        days = self.annotate(day=TruncDate("hour", tzinfo=SHANGHAI)).values_list("day", "state")
        for day, state, count in days.annotate(models.Sum("count")):
            counts[day][state] = count
        return counts


class ClaimTally(models.Model):
    """How many claims more, or fewer, that were completed within one hour (UTC) are in one state: the sum says how many are.

    A rank, and every figure of a page, is a sum over these few rows instead of a count of all claims. The trigger that
    writes the events adds them, so that two who change claims of one hour do not wait for each other; nothing else can.
    `fold_tallies` makes one row of many.
    """

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+", db_index=False)
    hour = models.DateTimeField()
    state = models.CharField(max_length=16, choices=ClaimState)
    count = models.BigIntegerField()

    objects = ClaimTallyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                name="tallies_by_hour_and_state", fields=["scheme", "hour", "state"], include=["count"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.hour} {self.state}: {self.count}"
