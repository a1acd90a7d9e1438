"""What lists are narrowed by: days, a month, a street, a shop; and how a list's form of filters is read back."""

from datetime import date, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RangeDateFilter

from core.shanghai import FIRST_DAY, LAST_DAY, midnight, month_named, next_month

CHOSEN = "f"  # each choice of a list's form, as the part of an address that it stands for


class DayFilter(RangeDateFilter):  # type: ignore[misc]
    """From a day to a day, both whole: local days, where the library would take midnight in UTC."""

    template = "core/staff/day_filter.html"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (_day(self.used_parameters.get(f"{self.field_path}_{end}")) for end in ("from", "to"))
        timed = self.field.get_internal_type() == "DateTimeField"
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": midnight(first) if timed else first})
        if last is not None:
            after = last + timedelta(days=1)
            queryset = queryset.filter(**{f"{self.field_path}__lt": midnight(after) if timed else after})
        return queryset


class MonthFilter(admin.SimpleListFilter):
    """One month (Asia/Shanghai) of a time: `column`."""

    title, parameter_name = gettext_lazy("月份"), "month"
    template = "core/staff/month_filter.html"
    column: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get(self.parameter_name or "", "")
        return [(asked, asked)] if month_named(asked) else []

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        month = month_named(self.value() or "")
        if month is None:
            return queryset
        within = {"gte": midnight(month), "lt": midnight(next_month(month))}
        return queryset.filter(**{f"{self.column}__{edge}": moment for edge, moment in within.items()})


def by_month(of: str, called: object) -> type[MonthFilter]:
    """A filter by the month of this column."""
    return type("MonthFilter", (MonthFilter,), {"column": of, "title": called})


def address_of(query: QueryDict) -> str:
    """The address's part that a sent form of filters stands for: what is empty is left out, and the list begins anew."""
    told = query.copy()
    chosen = told.pop(CHOSEN, [])
    for name in (PAGE_VAR, ERROR_FLAG):
        told.pop(name, None)
    for part in chosen:
        for name, value in parse_qsl(str(part)):
            told[name] = value
    for name in [name for name, value in told.items() if value == ""]:
        del told[name]
    return told.urlencode()


def _day(text: Any) -> date | None:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
