"""Filters of the lists of merchants and agent points: who lacks what, today or on the day that a report speaks of."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.shanghai import today
from core.staff.chosen_filter import ChosenFilter
from merchants.models import AgentAuthorization, AgentPoint, Merchant
from merchants.shops.standing import STANDINGS, points_authorised_between, points_authorised_on

AS_LINKED = _("链接指定的条件")
WITHDRAWN = AgentAuthorization.objects.filter(withdrawn_at__isnull=False)

# `-name`: who lacks it; `name@2022-06-30`: who has it on that day.
GAPS = (
    ("-registered", _("未在平台注册")),
    ("-enabled", _("未开通淘汰置换")),
    ("-signed", _("未签承诺书")),
    ("-posted", _("承诺书未上墙")),
    ("-with_point", _("没有有效的代办点")),
    ("-trained", _("未参加培训")),
    ("-inspected", _("未检查")),
    ("-sound", _("有未整改的问题")),
)


def _asked(value: str | None) -> tuple[str, bool, date]:
    """The standing that is asked for, whether it is lacking, and the day."""
    name, _at, day = (value or "").partition("@")
    try:
        return name.removeprefix("-"), not name.startswith("-"), date.fromisoformat(day)
    except ValueError:
        return name.removeprefix("-"), not name.startswith("-"), today()


class SubdistrictFilter(ChosenFilter):
    """The subdistricts that merchants are in."""

    title = _("街道")
    parameter_name = "subdistrict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = Merchant.objects.exclude(subdistrict="").order_by("subdistrict")
        return [(name, name) for name in known.values_list("subdistrict", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Merchant]) -> QuerySet[Merchant]:
        return queryset.filter(subdistrict=self.value()) if self.value() else queryset


class StreetFilter(ChosenFilter):
    """Rows of shops in one street. `to_merchant`: the way from a row to its shop."""

    title = _("街道")
    parameter_name = "street"
    to_merchant = "merchant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = Merchant.objects.exclude(subdistrict="").order_by("subdistrict")
        return [(name, name) for name in known.values_list("subdistrict", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        street = self.value()
        return queryset.filter(**{f"{self.to_merchant}__subdistrict": street}) if street else queryset


class MerchantFilter(admin.SimpleListFilter):
    """Rows of one shop. `to_merchant`: the way from a row to its shop."""

    title = _("销售商户")
    parameter_name = "merchant"
    to_merchant = "merchant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (str(pk), name) for pk, name in Merchant.objects.order_by("name", "pk").values_list("pk", "name")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        key = self.value() or ""
        return (
            queryset.filter(**{self.to_merchant: int(key)}) if key in dict(self.lookup_choices) else queryset
        )


def of_shops(to_merchant: str) -> tuple[type[StreetFilter], type[MerchantFilter]]:
    """Filters by street and by shop, of rows from which this way leads to the shop."""
    way = {"to_merchant": to_merchant}
    return type("StreetFilter", (StreetFilter,), way), type("MerchantFilter", (MerchantFilter,), way)


class StandingFilter(ChosenFilter):
    """Merchants that have or lack something."""

    title = _("还缺什么")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(title)) for value, title in GAPS]

    def called(self, value: str) -> str:
        return str(AS_LINKED) if _asked(value)[0] in STANDINGS else ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Merchant]) -> QuerySet[Merchant]:
        name, has, day = _asked(self.value())
        if name not in STANDINGS:
            return queryset
        condition = STANDINGS[name](day)
        return queryset.filter(condition if has else ~condition)


class AuthorisedFilter(ChosenFilter):
    """Agent points that are authorised, or are not; `during@2022-01-01_2022-08-31`: on some day of these."""

    title = _("授权")
    parameter_name = "authorised"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", str(_("今天有效"))), ("-yes", str(_("今天无效"))), ("withdrawn", str(_("撤回过")))]

    def called(self, value: str) -> str:
        return str(AS_LINKED) if value.startswith("during@") or _asked(value)[0] == "yes" else ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[AgentPoint]) -> QuerySet[AgentPoint]:
        value = self.value() or ""
        if value == "withdrawn":
            return queryset.filter(Exists(WITHDRAWN.filter(agent_point=OuterRef("pk"))))
        if value.startswith("during@"):
            return queryset.filter(_during(value))
        name, has, day = _asked(value)
        if name != "yes":
            return queryset
        condition = points_authorised_on(day)
        return queryset.filter(condition if has else ~condition)


def _during(value: str) -> Q:
    try:
        first, last = (date.fromisoformat(day) for day in value.removeprefix("during@").split("_"))
    except ValueError:
        return Q()
    return points_authorised_between(first, last)
