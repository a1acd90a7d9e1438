"""How much lies on whose desk."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet

from core.models import User
from core.working_days import UnknownYear
from subsidies.casework.selectors.queue import handlers
from subsidies.models import CaseAssignment
from subsidies.review.selectors.deadlines import due_by
from subsidies.review.selectors.open_cases import for_staff, open_cases

RECENT = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Load:
    """What one person has (nobody: what is nobody's). `due`, `overdue`: None where holidays are not known."""

    person: User | None
    open: int
    due: int | None
    overdue: int | None
    oldest: datetime | None
    decided: int


def loads(*, today: date, now: datetime) -> list[Load]:
    """Of everybody whose cases can be or are, by name; what is nobody's comes last."""
    found = {row["holder"]: row for row in _counted(today)}
    people = {person.pk: person for person in handlers()}
    people |= User.objects.in_bulk([pk for pk in found if pk is not None and pk not in people])
    recent = CaseAssignment.objects.filter(outcome="decided", ended_at__gte=now - RECENT).order_by()
    decided = dict(recent.values_list("holder").annotate(Count("pk")))
    return [
        *(
            _load(people[pk], found.get(pk), decided.get(pk, 0))
            for pk in sorted(people, key=lambda pk: people[pk].username)
        ),
        _load(None, found.get(None), 0),
    ]


def own_load(person: User, *, today: date) -> Load:
    """Of one person."""
    row = next(iter(_counted(today, person.pk)), None)
    return _load(person, row, 0)


def _counted(today: date, holder: int | None = None) -> list[dict[str, Any]]:
    rows: QuerySet[Any, Any] = open_cases().filter(for_staff())
    if holder is not None:
        rows = rows.filter(holder=holder)
    counts: dict[str, Any] = {"open": Count("pk"), "oldest": Min("since")}
    with suppress(UnknownYear):
        overdue, by_today = due_by(today - _DAY), due_by(today)
        counts |= {"overdue": Count("pk", filter=overdue), "by_today": Count("pk", filter=by_today)}
    return list(rows.order_by().values("holder").annotate(**counts))


def _load(person: User | None, row: dict[str, Any] | None, decided: int) -> Load:
    if row is None:
        return Load(person, 0, 0, 0, None, decided)
    overdue, by_today = row.get("overdue"), row.get("by_today")
    due = None if overdue is None or by_today is None else by_today - overdue
    return Load(person, row["open"], due, overdue, row["oldest"], decided)
