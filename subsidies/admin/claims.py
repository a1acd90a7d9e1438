"""The admin of claims: moved by the same verbs that everybody uses, each asked about first, and by nothing else."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ebikes.exports import ExportAdmin
from merchants.staff_admin import ask_first
from merchants.templatetags.money import yuan
from subsidies.admin.tables import ClaimResource
from subsidies.filters import HeldFilter, MerchantFilter, ReasonFilter, WaitingFilter
from subsidies.models import Claim
from subsidies.reasons import REASONS
from subsidies.views.staff.facts import facts, load_claim, verbs_for
from subsidies.views.staff.verbs import VERBS, question


def _action(slug: str, permission: str) -> Any:
    """The verb as an action of the list: asked about first, for all that is chosen, on this page or on all."""
    title: Any = VERBS[slug].title

    @admin.action(description=title, permissions=[permission])
    def ask(page: ExportAdmin, request: HttpRequest, queryset: QuerySet[Claim]) -> HttpResponse | None:
        return ask_first(request, question(slug, queryset, request))

    ask.__name__ = slug
    return ask


@admin.register(Claim)
class ClaimAdmin(ExportAdmin):
    resource_classes: ClassVar = [ClaimResource]
    list_display: ClassVar = [
        "trade_in",
        "filing_plate_no",
        "state",
        "stage",
        "yuan",
        "completed_at",
        "why_refused",
    ]
    list_filter: ClassVar = [
        "scheme",
        "state",
        "stage",
        WaitingFilter,
        HeldFilter,
        ReasonFilter,
        MerchantFilter,
    ]
    list_select_related: ClassVar = ["trade_in", "stage"]
    actions: ClassVar = [
        _action("approve", "move"),
        _action("order_payment", "order"),
        _action("retry_failed", "move"),
        _action("ask_again", "decide"),
        _action("demand_correction", "decide"),
        _action("hold", "hold"),
        _action("clear_holds", "hold"),
        _action("refuse", "move"),
    ]

    def has_order_permission(self, request: HttpRequest) -> bool:
        return VERBS["order_payment"].allowed(request.user)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return VERBS["ask_again"].allowed(request.user)

    def has_hold_permission(self, request: HttpRequest) -> bool:
        return VERBS["hold"].allowed(request.user)

    @admin.display(description=gettext_lazy("补贴金额(元)"))
    def yuan(self, claim: Claim) -> str:
        return yuan(claim.amount_fen)

    @admin.display(description=gettext_lazy("不予补贴原因"))
    def why_refused(self, claim: Claim) -> str:
        return _("、").join(str(REASONS[code].title) if code in REASONS else code for code in claim.refusals)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The claim as a page to read, with what this person may do now; nothing is edited."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        claim = load_claim().filter(pk=object_id).first() if object_id.isdecimal() else None
        if claim is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        self.note_look(request, claim)
        context = {
            **self.admin_site.each_context(request),
            **facts(claim),
            "title": claim.trade_in.record_no,
            "opts": self.opts,
            "verbs": verbs_for(claim, request),
        }
        return TemplateResponse(request, "admin/claim.html", context)
