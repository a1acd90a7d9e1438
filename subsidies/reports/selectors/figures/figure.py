"""A figure is a query: the rows that it counts, each with what it adds. What a report says follows from these alone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    DateField,
    Expression,
    F,
    Model,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils.functional import Promise

from core.shanghai import midnight, today
from subsidies.models import Scheme

Text = str | Promise
Whence = str | Expression | F | Value | Case | Any
ROW = ("pk", "row_label", "row_day", "row_note", "row_value", "row_late")


@dataclass(frozen=True, slots=True)
class Scope:
    """The days that are reported, both included, and the schemes whose claims and money are. `last`: no later than today."""

    first: date
    last: date
    schemes: tuple[Scheme, ...] = ()

    @classmethod
    def of(cls, first: date, last: date, schemes: tuple[Scheme, ...] = ()) -> "Scope":
        """With what is still to come left out."""
        return cls(first, min(last, today()), schemes)

    @property
    def begin(self) -> datetime:
        """The moment in which the period begins."""
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The moment in which it is over: what happened then or later is not reported."""
        return midnight(self.last + timedelta(days=1))

    def within(self, column: str) -> Q:
        """A date of the period; none where the period is still to come."""
        return Q(**{f"{column}__gte": self.first, f"{column}__lte": self.last})


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `word`: its name in the template of the prose; `code`: in addresses; `meaning`: what it counts.

    `rows`: as `rows_of` lays them; the figure is the sum of `row_value`. `of`: the code of the whole of which it is a share.
    `says`: what is printed instead of the sum, where a source says it in its own way. `told`: one that is "–" where there is
    no row, since nobody has told it, or the rules have none. `remark`: where it and another do not agree.
    """

    code: str
    word: str
    title: Text
    meaning: Text
    rows: QuerySet[Any]
    of: str = ""
    is_money: bool = False
    is_told: bool = False
    says: str = ""
    remark: str = ""

    @property
    def model(self) -> type[Model]:
        """Whose readers may see the rows."""
        return self.rows.model


def rows_of(
    queryset: QuerySet[Any],
    *,
    label: Whence,
    day: Whence = None,
    note: Whence = "",
    value: Whence = 1,
    late: Q | None = None,
) -> QuerySet[Any]:
    """The rows of a figure: what each is called, its day, what else is to be said, what it adds, whether it came late.

    Plain strings are columns; a constant is a `Value`.
    """
    came_late = Case(When(late, then=Value(True)), default=Value(False)) if late is not None else Value(False)
    found: QuerySet[Any] = queryset.order_by().annotate(
        row_label=Cast(_expression(label), CharField()),
        row_day=Cast(_expression(day), DateField()) if day is not None else Value(None, DateField()),
        row_note=Cast(_expression(note), CharField()) if note != "" else Value("", CharField()),
        row_value=Cast(Value(value) if isinstance(value, int) else _expression(value), BigIntegerField()),
        row_late=Cast(came_late, BooleanField()),
    )
    return found


def _expression(what: Whence) -> Any:
    return F(what) if isinstance(what, str) else what


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together."""

    title: Text
    figures: list[Figure]
