"""The admin of supplements: a list to look at, from which finance orders those that are confirmed."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan
from core.staff.access import person
from core.staff.ask_first import Done, Effect, Question, ask_first, bound_to_what_was_seen
from ebikes.records.models.trade_in import contacts
from subsidies.actions.pages.forms import PlainForm
from subsidies.models import Claim, PayoutBatch, Supplement
from subsidies.payouts.pages.batches import what_was_made
from subsidies.payouts.services.ordering import NotYours
from subsidies.payouts.services.supplement_payouts import order_supplements
from subsidies.review.selectors.holds import open_holds
from subsidies.review.selectors.obstacles import schemes_of
from subsidies.supplements.resources import SupplementResource

REFUSALS: dict[type[Exception], object] = {
    NotYours: gettext_lazy("提出人和核准人不能制作这些补发的批次，须由另一位财务人员制作。")
}


@admin.action(description=gettext_lazy("制作补发批次"), permissions=["order"])
def order(
    page: "SupplementAdmin", request: HttpRequest, queryset: QuerySet[Supplement]
) -> HttpResponse | None:
    """Ask, then order those of the selection that can be."""
    by = person(request)
    chosen = Supplement.objects.filter(pk__in=queryset.order_by().values("pk"))
    ready = chosen.filter(state=Supplement.State.RESERVED).exclude(claim__in=open_holds().values("claim"))
    ready = ready.exclude(decided_by=by).exclude(proposed_by=by)
    count, fen = ready.count(), ready.aggregate(fen=Sum("amount_fen"))["fen"] or 0
    left = chosen.count() - count

    def do(_told: dict[str, Any]) -> Done:
        batches: list[PayoutBatch] = []
        for scheme in schemes_of(Claim.objects.filter(supplements__in=ready)):
            made = order_supplements(scheme=scheme, supplements=ready, by=by, now=timezone.now())
            batches += made.batches
        return what_was_made(batches) if batches else Done(_("没有可以制作的补发：缺少收款钱包和手机号。"))

    facts = [
        (_("将办理"), _("%s 份") % f"{count:,}"),
        (_("金额合计"), _("%s 元") % yuan(fen)),
        *(
            [(_("不办理：不在待制作的状态、暂缓中，或由您提出或核准"), _("%s 份") % f"{left:,}")]
            if left
            else []
        ),
    ]
    effect = Effect(_("列入发放批次，由另一人放行后才会发出。"), facts, possible=count > 0)
    form = bound_to_what_was_seen(PlainForm, f"{count}/{fen}")
    return ask_first(request, Question(_("制作补发批次"), effect, do, form, REFUSALS))


@admin.register(Supplement)
class SupplementAdmin(ExportAdmin):
    resource_classes: ClassVar = [SupplementResource]
    list_display: ClassVar = [
        "record",
        "ref",
        "yuan",
        "reason",
        "state",
        "proposed_by",
        "proposed_at",
        "decided_by",
    ]
    list_filter: ClassVar = ["state", "reason"]
    list_select_related: ClassVar = ["claim__trade_in", "proposed_by", "decided_by"]
    list_defer: ClassVar = contacts("claim__trade_in__")
    search_fields: ClassVar = ["claim__trade_in__record_no__exact"]
    sortable_by: ClassVar[list[str]] = []  # no index knows another order
    list_display_links: ClassVar = ["ref"]
    actions: ClassVar = [order]

    def has_order_permission(self, request: HttpRequest) -> bool:
        """Whether this person makes payout batches."""
        return request.user.has_perm("subsidies.add_payoutbatch")

    def called(self, row: Supplement) -> str:
        return _("补发 %(ref)s：%(record)s") % {"ref": row.ref, "record": row.claim.trade_in.record_no}

    @admin.display(description=gettext_lazy("置换记录"))
    def record(self, supplement: Supplement) -> str:
        """It leads to the claim's page, where the supplement is decided on."""
        address = reverse("admin:subsidies_claim_change", args=[supplement.claim_id])
        return format_html('<a href="{}">{}</a>', address, supplement.claim.trade_in.record_no)

    @admin.display(description=gettext_lazy("补发金额(元)"))
    def yuan(self, supplement: Supplement) -> str:
        return yuan(supplement.amount_fen)
