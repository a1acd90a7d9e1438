"""Filters of the admin's list of claims: the rows behind the figures of the staff's home page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.staff.chosen_filter import ChosenFilter
from core.storable import is_key
from subsidies.models import Claim, Hold, Stage
from subsidies.papers.selectors.in_force import with_papers
from subsidies.reasons import REASONS
from subsidies.review.selectors.approvable import free_to_approve
from subsidies.review.selectors.holds import open_holds
from subsidies.review.selectors.waiting import held_in_bucket, waiting_in_bucket
from subsidies.states import ClaimState

# In the order of the buckets of `overview.AGES`.
BUCKETS: tuple[tuple[str, str | Promise], ...] = (
    ("0", _("1 天以内")),
    ("1", _("1 至 3 天")),
    ("2", _("3 至 7 天")),
    ("3", _("7 天以上")),
)


class StageFilter(admin.RelatedFieldListFilter):
    """The stages of the scheme that is chosen; of all schemes, each with its scheme's name."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        chosen = request.GET.get("scheme__id__exact", "")
        stages = Stage.objects.select_related("scheme").order_by("scheme_id", "no")
        if is_key(chosen):
            return [(str(stage.pk), str(stage)) for stage in stages.filter(scheme_id=int(chosen))]
        return [(str(stage.pk), f"{stage.scheme.name} · {stage}") for stage in stages]


class ReasonFilter(ChosenFilter):
    """Refused, for this reason among others."""

    title = _("不予补贴原因")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, str(reason.title)) for code, reason in REASONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        code = self.value()
        if not code:
            return queryset
        return queryset.filter(live=False, state=ClaimState.REFUSED, refusals__contains=[code])


class WaitingFilter(admin.SimpleListFilter):
    """Waiting for a person for so long."""

    title = _("等待人工处理")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(no, str(title)) for no, title in BUCKETS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        value = self.value()
        if value not in dict(BUCKETS):
            return queryset
        return waiting_in_bucket(queryset, int(value), now=timezone.now())


class HeldForFilter(admin.SimpleListFilter):
    """Held for so long, for whatever reason."""

    title = _("已暂缓")
    parameter_name = "held_for"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(no, str(title)) for no, title in BUCKETS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        value = self.value()
        if value not in dict(BUCKETS):
            return queryset
        return held_in_bucket(queryset, int(value), now=timezone.now())


class ApprovableFilter(admin.SimpleListFilter):
    """Whether a hold, or a look for doubts that has not come to it, keeps a claim from being approved."""

    title = _("能否批准")
    parameter_name = "approvable"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", str(_("没有暂缓，疑点已查过")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        return free_to_approve(queryset) if self.value() == "yes" else queryset


class OnPaperFilter(admin.SimpleListFilter):
    """Whether two people confirmed paper evidence about it."""

    title = _("书面材料")
    parameter_name = "on_paper"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", str(_("有已确认的书面材料")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        return with_papers(queryset) if self.value() == "yes" else queryset


class HeldFilter(admin.SimpleListFilter):
    """Held, for this kind of reason among others."""

    title = _("暂缓发放")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", str(_("暂缓中"))), *((kind.value, str(kind.label)) for kind in Hold.Kind)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        kind = self.value()
        if kind != "any" and kind not in Hold.Kind.values:
            return queryset
        holds = open_holds() if kind == "any" else open_holds().filter(kind=kind)
        return queryset.filter(pk__in=holds.order_by().values("claim"))
