"""The admin of agent points: authorised and taken back by verbs."""

from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from core.exports.resources import Exportable
from core.shanghai import today
from core.staff.base import KeptInline
from core.staff.import_button import ImportButton
from core.staff.marks import day_text, since, standing_mark
from merchants.models import AgentAuthorization, AgentPoint
from merchants.points.resources import AgentPointResource
from merchants.shops.admin_filters import AuthorisedFilter
from merchants.shops.standing import authorised_on


class AuthorizationInline(KeptInline):
    """To look at: authorisations are granted and withdrawn by the verbs behind the buttons."""

    model = AgentAuthorization
    hide_title = True
    fields: ClassVar = ["starts_on", "ends_on", "withdrawn_at", "withdrawn_by", "withdrawal_reason"]
    readonly_fields: ClassVar = fields
    ordering: ClassVar = ["-starts_on"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentAuthorization]:
        return super().get_queryset(request).select_related("withdrawn_by")  # type: ignore[no-any-return]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AgentPoint)
class AgentPointAdmin(Exportable, ImportButton):
    resource_classes: ClassVar = [AgentPointResource]
    import_kind = "agent_points"
    list_display: ClassVar = ["point_no", "of_merchant", "authorised", "until", "withdrawn"]
    list_filter: ClassVar = [AuthorisedFilter]
    list_select_related: ClassVar = ["merchant"]
    search_fields: ClassVar = ["point_no", "merchant__name", "merchant__uscc"]
    autocomplete_fields: ClassVar = ["merchant"]
    inlines: ClassVar = [AuthorizationInline]
    actions_detail: ClassVar = ["grant", "withdraw"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentPoint]:
        periods = AgentAuthorization.objects.filter(agent_point=OuterRef("pk")).order_by("-starts_on")
        now = authorised_on(today()).filter(agent_point=OuterRef("pk"))
        return (  # type: ignore[no-any-return]
            super()
            .get_queryset(request)
            .annotate(
                since_day=Subquery(now.values("starts_on")[:1]),
                last_day=Subquery(periods.values("ends_on")[:1]),
                taken_back_on=Subquery(periods.filter(withdrawn_at__isnull=False).values("ends_on")[:1]),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: AgentPoint | None = None) -> list[str]:
        """Records name the point by its number and merchant: both stand once it is there."""
        return [] if obj is None else ["point_no", "merchant"]

    @admin.display(description=gettext_lazy("销售商户"), ordering="merchant__name")
    def of_merchant(self, point: AgentPoint) -> str:
        address = reverse("staff-merchant", args=[point.merchant_id])
        return format_html('<a class="text-important" href="{}">{}</a>', address, point.merchant)

    @admin.display(description=gettext_lazy("授权(今天)"))
    def authorised(self, point: AgentPoint) -> str:
        return since(point.since_day, _("无效"))  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("最后授权止"))
    def until(self, point: AgentPoint) -> str:
        return day_text(point.last_day)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("撤回日期"))
    def withdrawn(self, point: AgentPoint) -> str:
        day: date | None = point.taken_back_on  # type: ignore[attr-defined]
        return standing_mark(day_text(day), good=False) if day else "–"

    def has_grant_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may authorise agent points."""
        return request.user.has_perm("merchants.add_agentauthorization")

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may take an authorisation back."""
        return request.user.has_perm("merchants.change_agentauthorization")

    @action(description=gettext_lazy("授牌"), url_path="grant", icon="verified", permissions=["grant"])  # type: ignore[untyped-decorator]
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-point-grant", self.key_of(request, object_id))

    @action(description=gettext_lazy("撤回授权"), url_path="withdraw", icon="block", permissions=["withdraw"])  # type: ignore[untyped-decorator]
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-point-withdraw", self.key_of(request, object_id))
