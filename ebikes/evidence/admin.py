"""The admin of what the licensing systems said, and how they are: in words, to look at. The raw answer is never shown."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.exports.export_admin import ExportAdmin
from core.staff.base import ReadOnlyAdmin
from core.staff.chosen_filter import ChosenFilter
from ebikes.evidence.wording import (
    BREAKER,
    PROBLEMS,
    facts_in_words,
    holder_in_words,
    outcome_in_words,
    problem_in_words,
)
from ebikes.models import LicensingAnswer, LicensingHealth
from ebikes.records.admin.record_pages import link
from ebikes.records.admin.resources import LicensingAnswerResource
from ebikes.records.summaries import moment


class ProblemFilter(ChosenFilter):
    """Why nothing was learnt: of all that there may be, not of what there is, which would be looked for in all answers."""

    title = _("未知原因")
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, str(title)) for code, title in PROBLEMS.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[LicensingAnswer]
    ) -> QuerySet[LicensingAnswer]:
        unknown = {"outcome": LicensingAnswer.Outcome.UNKNOWN, "problem": self.value()}
        return queryset.filter(**unknown) if self.value() else queryset


@admin.register(LicensingAnswer)
class LicensingAnswerAdmin(ExportAdmin):
    resource_classes: ClassVar = [LicensingAnswerResource]
    list_display: ClassVar = ["request_id", "system", "outcome", "why_unknown", "answered"]
    list_filter: ClassVar = ["system", "outcome", ProblemFilter]
    list_defer: ClassVar = ("facts", "raw")
    sortable_by: ClassVar[list[str]] = []  # no index knows another order
    fieldsets: ClassVar = [
        (_("询问"), {"fields": ["record_link", ("system", "request_id"), ("answered", "adapter_version")]}),
        (_("答复"), {"fields": ["outcome_words", "holder", "facts_words"]}),
    ]
    readonly_fields: ClassVar = ["record_link", "answered", "outcome_words", "holder", "facts_words"]

    @admin.display(description=_("置换记录"))
    def record_link(self, answer: LicensingAnswer) -> str:
        return link(answer.trade_in)

    @admin.display(description=_("未知原因"))
    def why_unknown(self, answer: LicensingAnswer) -> str:
        return problem_in_words(answer.problem) or "–"

    @admin.display(description=_("应答时间"))
    def answered(self, answer: LicensingAnswer) -> str:
        return moment(answer.answered_at)

    @admin.display(description=_("结果"))
    def outcome_words(self, answer: LicensingAnswer) -> str:
        return outcome_in_words(answer)

    @admin.display(description=_("持有人"))
    def holder(self, answer: LicensingAnswer) -> str:
        return holder_in_words(answer, answer.trade_in.owner.number_index) or "–"

    @admin.display(description=_("要素"))
    def facts_words(self, answer: LicensingAnswer) -> str:
        facts = facts_in_words(answer)
        return format_html_join(SafeString("<br>"), "{} {}", facts) if facts else "–"


@admin.register(LicensingHealth)
class LicensingHealthAdmin(ReadOnlyAdmin):
    watched = False
    list_display: ClassVar = ["name", "state_words", "consecutive_failures", "last_ok", "paused", "seen"]
    fieldsets: ClassVar = [
        (None, {"fields": ["name", ("state_words", "consecutive_failures")]}),
        (_("时间"), {"fields": ["last_ok", "paused", "seen"]}),
    ]
    readonly_fields: ClassVar = ["name", "state_words", "last_ok", "paused", "seen"]

    @admin.display(description=_("系统"), ordering="system")
    def name(self, health: LicensingHealth) -> str:
        return str(health)

    @admin.display(description=_("状态"), ordering="state")
    def state_words(self, health: LicensingHealth) -> str:
        return str(BREAKER.get(health.state, health.state))

    @admin.display(description=_("最近一次成功"), ordering="last_ok_at")
    def last_ok(self, health: LicensingHealth) -> str:
        return moment(health.last_ok_at)

    @admin.display(description=_("暂停至"), ordering="open_until")
    def paused(self, health: LicensingHealth) -> str:
        return moment(health.open_until)

    @admin.display(description=_("更新时间"), ordering="seen_at")
    def seen(self, health: LicensingHealth) -> str:
        return moment(health.seen_at)
