"""The gate: a new order leaves only when the books of every day before today agree, or two people have signed for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.shanghai import local_day, midnight
from subsidies.models import Difference, OperatorAnswer, StatementReading


@dataclass(frozen=True, slots=True)
class Shut:
    """Why nothing new leaves: so many differences are open, or the statement of this day has not been read."""

    differences: int = 0
    unread: date | None = None


def gate(*, now: datetime) -> Shut | None:
    """What keeps the next order back; None where it may leave."""
    if open_ones := Difference.objects.filter(state__in=Difference.LIVE).count():
        return Shut(differences=open_ones)
    yesterday = local_day(now) - timedelta(days=1)
    dealt = OperatorAnswer.objects.filter(at__lt=midnight(local_day(now))).exists()
    return Shut(unread=yesterday) if dealt and not was_read(yesterday, now=now) else None


def was_read(day: date, *, now: datetime) -> bool:
    """Whether the statement of this day was taken in after the day was over."""
    return day in days_read(day, day, now=now)


def days_read(first: date, last: date, *, now: datetime) -> set[date]:
    """Of these days, both included, those whose statement was taken in after the day was over."""
    readings = StatementReading.objects.filter(
        state=StatementReading.State.TAKEN, first_day__lte=last, last_day__gte=first, read_at__lte=now
    )
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {
        day
        for since, until, read_at in readings.values_list("first_day", "last_day", "read_at")
        for day in days
        if since <= day <= until and read_at >= midnight(day + timedelta(days=1))
    }
