"""The admin of what the regulator does at the shops: trainings, events, inspections, spot checks."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exports.resources import Exportable
from core.shanghai import today
from core.staff.base import StaffAdmin
from core.staff.filters import DayFilter
from core.staff.marks import day_text, standing_mark
from merchants.models import Inspection, SamplingLot, TradeInEvent, Training
from merchants.shops.admin_filters import of_shops
from merchants.supervision.models.inspection import ITEMS, TO_BE_PUT_RIGHT
from merchants.supervision.resources import (
    InspectionResource,
    SamplingLotResource,
    TradeInEventResource,
    TrainingResource,
)


class WholeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Asks all constraints, also those about what this page does not let change: the answer is a sentence."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                self.instance.validate_constraints()
            except ValidationError as refusal:
                self.add_error(None, refusal)


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


@admin.register(Inspection)
class InspectionAdmin(Exportable, StaffAdmin):
    resource_classes: ClassVar = [InspectionResource]
    form = WholeForm
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
        *(RectificationFilter, "faulty", "conclusion"),
        *of_shops("merchant"),
        ("inspected_on", DayFilter),
    ]
    list_select_related: ClassVar = ["merchant"]
    search_fields: ClassVar = ["merchant__name", "merchant__uscc"]
    autocomplete_fields: ClassVar = ["merchant"]
    fieldsets: ClassVar = [
        (None, {"fields": ["merchant", "inspected_on", "inspectors"]}),
        (gettext_lazy("检查内容"), {"fields": list(ITEMS)}),
        (gettext_lazy("结论和整改"), {"fields": ["conclusion", "rectify_by", "rectified_on", "note"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Inspection | None = None) -> list[str]:
        if obj is None or not obj.conclusion:
            return []
        return ["merchant", "inspected_on", "inspectors", *ITEMS, "conclusion", "rectify_by"]

    def called(self, row: Inspection) -> str:
        return f"{day_text(row.inspected_on)} {row.merchant}"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        return {"inspected_on": today(), "inspectors": str(request.user), **given}

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
    search_fields: ClassVar = ["report_no", "merchant__name", "merchant__uscc"]
    autocomplete_fields: ClassVar = ["merchant"]

    @admin.display(description=gettext_lazy("结果"), ordering="result")
    def outcome(self, lot: SamplingLot) -> str:
        if lot.result == SamplingLot.Result.PENDING:
            return lot.get_result_display()
        return standing_mark(lot.get_result_display(), good=lot.result == SamplingLot.Result.PASSED)


@admin.register(TradeInEvent)
class TradeInEventAdmin(Exportable, StaffAdmin):
    resource_classes: ClassVar = [TradeInEventResource]
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
    list_display: ClassVar = ["title", "held_on", "place", "merchant_count"]
    search_fields: ClassVar = ["title", "place"]
    autocomplete_fields: ClassVar = ["attended_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Training]:
        return super().get_queryset(request).annotate(count=Count("attended_by"))  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("到场商户数"), ordering=F("count"))
    def merchant_count(self, training: Training) -> int:
        return int(training.count)  # type: ignore[attr-defined]
