"""The registers of letters and cases: to look at and take away; each row leads to its page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan
from core.shanghai import today
from core.staff.marks import day_text, standing_mark
from core.staff.staff_list import StaffList
from merchants.enforcement.resources import CorrectionOrderResource, EnforcementCaseResource
from merchants.models import CorrectionOrder, EnforcementCase


class OrderList(StaffList):
    """Each row leads to the letter's page."""

    def url_for_result(self, result: Model) -> str:
        return reverse("staff-order", args=[result.pk])


class CaseList(StaffList):
    """Each row leads to the case's page."""

    def url_for_result(self, result: Model) -> str:
        return reverse("staff-enforcement", args=[result.pk])


class LateFilter(admin.SimpleListFilter):
    """Letters whose day is over."""

    title = gettext_lazy("期限")
    parameter_name = "late"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("逾期未改正"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[CorrectionOrder]
    ) -> QuerySet[CorrectionOrder]:
        late = Q(state=CorrectionOrder.State.ISSUED, due_on__lt=today())
        return queryset.filter(late) if self.value() == "yes" else queryset


@admin.register(CorrectionOrder)
class CorrectionOrderAdmin(ExportAdmin):
    resource_classes: ClassVar = [CorrectionOrderResource]
    list_display: ClassVar = ["document", "shop", "state", "due", "served_on", "proposed_at", "decided_at"]
    list_filter: ClassVar = ["state", LateFilter]
    list_select_related: ClassVar = ["inspection__merchant"]
    search_fields: ClassVar = ["number", "inspection__merchant__name", "inspection__merchant__uscc"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrderList

    @admin.display(description=gettext_lazy("文号"))
    def document(self, order: CorrectionOrder) -> str:
        return order.number or _("待签发")

    @admin.display(description=gettext_lazy("商户"))
    def shop(self, order: CorrectionOrder) -> str:
        return order.inspection.merchant.name

    @admin.display(description=gettext_lazy("改正期限"), ordering="due_on")
    def due(self, order: CorrectionOrder) -> str:
        late = order.state == CorrectionOrder.State.ISSUED and order.due_on < today()
        return standing_mark(day_text(order.due_on), good=not late)


@admin.register(EnforcementCase)
class EnforcementCaseAdmin(ExportAdmin):
    resource_classes: ClassVar = [EnforcementCaseResource]
    list_display: ClassVar = ["document", "merchant", "state", "outcome", "fine", "handed_to", "decided_at"]
    list_filter: ClassVar = ["state", "outcome"]
    list_select_related: ClassVar = ["merchant"]
    search_fields: ClassVar = ["number", "decision_no", "merchant__name", "merchant__uscc"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CaseList

    @admin.display(description=gettext_lazy("案号"))
    def document(self, case: EnforcementCase) -> str:
        return case.number or _("待移送")

    @admin.display(description=gettext_lazy("罚没款(元)"))
    def fine(self, case: EnforcementCase) -> str:
        if case.fine_fen is None:
            return "–"
        return yuan(case.fine_fen + (case.forfeited_fen or 0))
