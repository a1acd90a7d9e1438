"""What narrows a work list, and its order: whose it is, street, shop, month, days, and up to two keys to sort by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.shanghai import FIRST_DAY, LAST_DAY, midnight, month_named, next_month
from core.storable import is_key, unstorable
from subsidies.models import CaseAssignment

NOBODYS = "none"
# What a list can be sorted by, and where that stands seen from an entry; each downwards with a "-" before it.
KEYS = {
    "since": "since",
    "amount": "claim__amount_fen",
    "merchant": "claim__trade_in__merchant__name",
    "street": "claim__trade_in__merchant__subdistrict",
    "completed": "claim__completed_at",
}
_TRADE_IN = "claim__trade_in"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """All empty: everything, the longest waiting first.

    `holder`: a person's number, or NOBODYS. `month`: of the whole flow's completion, as `2022-06`. `first`, `last`: days on
    which the record came in, both included (Asia/Shanghai). `sort`, `then`: of KEYS.
    """

    holder: str = ""
    street: str = ""
    merchant: str = ""
    month: str = ""
    first: str = ""
    last: str = ""
    sort: str = ""
    then: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """That of an address; what makes no sense is left out."""
        told = {each.name: query.get(each.name, "")[:100] for each in fields(cls)}
        return cls(**{name: value for name, value in told.items() if value and _makes_sense(name, value)})

    def as_query(self) -> dict[str, str]:
        """The part of an address that says the same."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name))}

    @property
    def narrows(self) -> bool:
        return any(value for name, value in self.as_query().items() if name not in ("sort", "then"))

    def apply(self, waiting: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        """Of rows that have a `claim`."""
        if self.holder:
            waiting = waiting.filter(self._held())
        for name, condition in (
            ("street", f"{_TRADE_IN}__merchant__subdistrict"),
            ("merchant", f"{_TRADE_IN}__merchant"),
        ):
            if value := getattr(self, name):
                waiting = waiting.filter(**{condition: value})
        for low, high, column in (
            (*_month(self.month), "claim__completed_at"),
            (_day(self.first), _after(self.last), "claim__received_at"),
        ):
            waiting = waiting.filter(
                **{f"{column}__gte": low} if low else {}, **{f"{column}__lt": high} if high else {}
            )
        return waiting

    def _held(self) -> Q:
        mine = CaseAssignment.objects.open().filter(claim=OuterRef("claim"))
        return ~Q(Exists(mine)) if self.holder == NOBODYS else Q(Exists(mine.filter(holder=int(self.holder))))

    def order(self) -> tuple[str, ...]:
        """The columns to order by; the longest waiting last of all, so that every place is one entry's alone."""
        chosen = [key for key in dict.fromkeys((self.sort, self.then)) if key]
        columns = [key[: key.startswith("-")] + KEYS[key.lstrip("-")] for key in chosen]
        waits = () if any(column.lstrip("-") == "since" for column in columns) else ("since",)
        return (*columns, *waits, "claim")


EVERYTHING = Narrowing()


def after_place(
    rows: QuerySet[Any, Any], order: Sequence[str], place: Mapping[str, Any]
) -> QuerySet[Any, Any]:
    """The entries of a list that come after a place in it, whether an entry still stands there or not."""
    later, same = Q(), Q()
    for column in order:
        name = column.lstrip("-")
        beyond = "lt" if column.startswith("-") else "gt"
        later |= same & Q(**{f"{name}__{beyond}": place[name]})
        same &= Q(**{name: place[name]})
    return rows.filter(later)


def backwards(order: Sequence[str]) -> tuple[str, ...]:
    """The same order from its end."""
    return tuple(column.removeprefix("-") if column.startswith("-") else f"-{column}" for column in order)


def _makes_sense(name: str, value: str) -> bool:
    match name:
        case "sort" | "then":
            return value.removeprefix("-") in KEYS
        case "holder":
            return value == NOBODYS or is_key(value)
        case "merchant":
            return is_key(value)
        case "month":
            return month_named(value) is not None
        case "first" | "last":
            return _read(value) is not None
        case _:
            return not unstorable(value)


def _read(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def _day(text: str) -> datetime | None:
    day = _read(text)
    return midnight(day) if day else None


def _after(text: str) -> datetime | None:
    day = _read(text)
    return midnight(day + timedelta(days=1)) if day else None


def _month(text: str) -> tuple[datetime | None, datetime | None]:
    month = month_named(text)
    return (midnight(month), midnight(next_month(month))) if month else (None, None)
