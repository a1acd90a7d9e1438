"""The admin of what the regulator does at the shops: trainings, events, inspections, spot checks."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from core.exports.resources import Exportable
from core.money import yuan
from core.privacy.notes import names_nobody
from core.shanghai import today
from core.staff.base import KeptInline, StaffAdmin
from core.staff.filters import DayFilter
from core.staff.marks import day_text, standing_mark
from merchants.models import Inspection, PlannedCategory, SamplingLot, SamplingPlan, TradeInEvent, Training
from merchants.shops.admin_filters import of_shops
from merchants.supervision.heads import HEADS
from merchants.supervision.models.inspection import TO_BE_PUT_RIGHT
from merchants.supervision.resources import (
    InspectionResource,
    SamplingLotResource,
    TradeInEventResource,
    TrainingResource,
)
from merchants.supervision.sampling_forms import LotForm, PlanForm


class WholeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Asks all constraints, also those about what this page does not let change: the answer is a sentence."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                self.instance.validate_constraints()
            except ValidationError as refusal:
                self.add_error(None, refusal)


class InspectionForm(WholeForm):
    """While a letter waits to be followed, another look says that everything was put right, and nobody by hand."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in {*FOUND, "note"} & {*data}:
            try:
                names_nobody(data[name])
            except ValidationError as refusal:
                self.add_error(name, refusal)
        ordered = self.instance.pk and self.instance.orders.filter(state="issued").exists()
        if "rectified_on" in self.changed_data and ordered:
            self.add_error("rectified_on", _("已签发责令改正通知书，须经复查合格后自动登记整改完成。"))
        return data


class RectificationFilter(admin.SimpleListFilter):
    """Faults by whether they were put right."""

    title = gettext_lazy("整改")
    parameter_name = "rectification"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", _("待整改")), ("overdue", _("逾期未整改")), ("done", _("已整改"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Inspection]) -> QuerySet[Inspection]:
        conditions = {
            "open": TO_BE_PUT_RIGHT,
            "overdue": TO_BE_PUT_RIGHT & Q(rectify_by__lt=today()),
            "done": Q(rectified_on__isnull=False),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


FOUND = [name for head in HEADS for name in (head.code, head.note)]


@admin.register(Inspection)
class InspectionAdmin(Exportable, StaffAdmin):
    """What was found on paper is typed in here; what was begun in a shop is written down there (`pages/visit.py`)."""

    resource_classes: ClassVar = [InspectionResource]
    form = InspectionForm
    actions_detail: ClassVar = ["show_visit"]
    list_display: ClassVar = [
        "inspected_on",
        "merchant",
        "found",
        "conclusion",
        "rectification",
        "inspectors",
    ]
    list_display_links: ClassVar = ["inspected_on", "merchant"]
    list_filter: ClassVar = [
        *(RectificationFilter, "faulty", "conclusion", "way"),
        *of_shops("merchant"),
        ("inspected_on", DayFilter),
    ]
    list_select_related: ClassVar = ["merchant"]
    search_fields: ClassVar = ["merchant__name", "merchant__uscc"]
    autocomplete_fields: ClassVar = ["merchant"]
    fieldsets: ClassVar = [
        (None, {"fields": ["merchant", "inspected_on", "inspectors"]}),
        (gettext_lazy("检查内容"), {"fields": [(head.code, head.note) for head in HEADS]}),
        (gettext_lazy("结论和整改"), {"fields": ["conclusion", "rectify_by", "rectified_on", "note"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Inspection | None = None) -> list[str]:
        if obj is None:
            return []
        found = ["merchant", "inspected_on", "inspectors", *FOUND, "conclusion", "rectify_by"]
        if not obj.conclusion:
            return [*found, "rectified_on", "note"] if obj.way == Inspection.Way.SHOP else []
        return found

    def called(self, row: Inspection) -> str:
        return f"{day_text(row.inspected_on)} {row.merchant}"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        return {"inspected_on": today(), "inspectors": str(request.user), **given}

    @action(description=gettext_lazy("检查记录"), url_path="visit", icon="fact_check", permissions=["view"])  # type: ignore[untyped-decorator]
    def show_visit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-visit", self.key_of(request, object_id))

    @admin.display(description=gettext_lazy("检查结果"))
    def found(self, inspection: Inspection) -> str:
        faults = inspection.faults()
        return standing_mark(_("；").join(faults) or _("未发现问题"), good=not faults)

    @admin.display(description=gettext_lazy("整改"))
    def rectification(self, inspection: Inspection) -> str:
        if not inspection.faulty:
            return "–"
        if inspection.rectified_on:
            return standing_mark(_("%s 完成") % day_text(inspection.rectified_on), good=True)
        if inspection.rectify_by:
            return standing_mark(_("限 %s 前") % day_text(inspection.rectify_by), good=False)
        return standing_mark(_("待整改"), good=False)


@admin.register(SamplingLot)
class SamplingLotAdmin(Exportable, StaffAdmin):
    resource_classes: ClassVar = [SamplingLotResource]
    form = LotForm
    asks_district = True
    fieldsets: ClassVar = [
        (None, {"fields": ["kind", "product", "model_no", "maker", "merchant"]}),
        (
            gettext_lazy("抽样"),
            {"fields": ["sampled_on", "purpose", "lots", "category", "laboratory", "cost"]},
        ),
        (
            gettext_lazy("结果和后处理"),
            {"fields": ["result", "failed", "report_no", "reported_on", "failing", "follow_up"]},
        ),
    ]
    actions_detail: ClassVar = ["add_report", "hand_over"]
    list_display: ClassVar = [
        "sampled_on",
        "kind",
        "purpose",
        "merchant",
        "lots",
        "failed",
        "outcome",
        "report_no",
    ]
    list_filter: ClassVar = ["kind", "purpose", "result", *of_shops("merchant"), ("sampled_on", DayFilter)]
    list_select_related: ClassVar = ["merchant"]
    search_fields: ClassVar = ["report_no", "merchant__name", "merchant__uscc", "maker", "model_no"]
    autocomplete_fields: ClassVar = ["merchant"]

    @admin.display(description=gettext_lazy("抽检费用(元)"))
    def cost(self, lot: SamplingLot) -> str:
        return "–" if lot.cost_fen is None else yuan(lot.cost_fen)

    def has_keep_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may keep what became of a lot."""
        return request.user.has_perm("merchants.change_samplinglot")

    @action(
        description=gettext_lazy("检验报告"), url_path="reports", icon="attach_file", permissions=["view"]
    )  # type: ignore[untyped-decorator]
    def add_report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-lot-report-new", self.key_of(request, object_id))

    @action(
        description=gettext_lazy("提请移送立案"), url_path="hand-over", icon="gavel", permissions=["keep"]
    )  # type: ignore[untyped-decorator]
    def hand_over(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-enforcement-new", "sampling", self.key_of(request, object_id))

    @admin.display(description=gettext_lazy("结果"), ordering="result")
    def outcome(self, lot: SamplingLot) -> str:
        if lot.result == SamplingLot.Result.PENDING:
            return lot.get_result_display()
        return standing_mark(lot.get_result_display(), good=lot.result == SamplingLot.Result.PASSED)


class CategoryInline(KeptInline):
    """The plan's categories, each with its lots."""

    model = PlannedCategory
    fields: ClassVar = ["title", "lots"]


@admin.register(SamplingPlan)
class SamplingPlanAdmin(StaffAdmin):
    """The year's plan is kept here; how far it has come is on its own page."""

    watched = False
    form = PlanForm
    asks_district = True
    fields: ClassVar = ["year", "document", "budget", "note"]
    list_display: ClassVar = ["year", "document", "budget"]
    inlines: ClassVar = [CategoryInline]
    actions_detail: ClassVar = ["progress"]

    @admin.display(description=gettext_lazy("抽检经费(元)"), ordering="budget_fen")
    def budget(self, plan: SamplingPlan) -> str:
        return yuan(plan.budget_fen)

    @action(
        description=gettext_lazy("执行情况"), url_path="progress", icon="donut_large", permissions=["view"]
    )  # type: ignore[untyped-decorator]
    def progress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        plan = SamplingPlan.objects.get(pk=self.key_of(request, object_id))
        return redirect("staff-sampling", plan.year)


@admin.register(TradeInEvent)
class TradeInEventAdmin(Exportable, StaffAdmin):
    resource_classes: ClassVar = [TradeInEventResource]
    asks_district = True
    list_display: ClassVar = ["held_on", "venue_kind", "place", "organiser", "merchant_count", "bikes"]
    list_filter: ClassVar = ["venue_kind", ("held_on", DayFilter)]
    search_fields: ClassVar = ["place", "organiser"]
    autocomplete_fields: ClassVar = ["merchants"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TradeInEvent]:
        return super().get_queryset(request).annotate(count=Count("merchants"))  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("参加商户数"), ordering=F("count"))
    def merchant_count(self, event: TradeInEvent) -> int:
        return int(event.count)  # type: ignore[attr-defined]


@admin.register(Training)
class TrainingAdmin(Exportable, StaffAdmin):
    resource_classes: ClassVar = [TrainingResource]
    asks_district = True
    list_display: ClassVar = ["title", "held_on", "place", "merchant_count"]
    search_fields: ClassVar = ["title", "place"]
    autocomplete_fields: ClassVar = ["attended_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Training]:
        return super().get_queryset(request).annotate(count=Count("attended_by"))  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("到场商户数"), ordering=F("count"))
    def merchant_count(self, training: Training) -> int:
        return int(training.count)  # type: ignore[attr-defined]
