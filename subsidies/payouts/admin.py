"""The admin of payouts: made, released and discarded by verbs, each asked about first; the rest is to look at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan
from core.staff.access import person
from core.staff.ask_first import ask_first
from core.staff.base import ReadOnlyAdmin
from core.staff.filters import DayFilter
from core.storable import is_key
from ebikes.records.models.trade_in import contacts
from merchants.shops.admin_filters import of_shops
from subsidies.models import LineEvidence, PayoutBatch, PayoutLine
from subsidies.payouts.pages.batches import (
    LEFT,
    VERBS,
    figures,
    held_in,
    lines_of,
    question,
    state_in,
    states_to_choose,
    with_obstacle,
)
from subsidies.payouts.pages.evidence import doubt_of, evidence_facts
from subsidies.payouts.resources import PayoutBatchResource, PayoutLineResource
from subsidies.reasons import PAYOUT_FAILURES
from subsidies.review.pages.claim_facts import failure_of, masked_payee


def _action(slug: str) -> Any:
    title: Any = VERBS[slug].title

    @admin.action(description=title, permissions=["move"])
    def ask(
        page: ReadOnlyAdmin, request: HttpRequest, queryset: QuerySet[PayoutBatch]
    ) -> HttpResponse | None:
        return ask_first(request, question(slug, queryset, request))

    ask.__name__ = slug
    return ask


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ExportAdmin):
    resource_classes: ClassVar = [PayoutBatchResource]
    list_display: ClassVar = [
        *("number", "state", "number_of_lines", "yuan"),
        *("made_by", "made_at", "released_by", "released_at"),
    ]
    list_filter: ClassVar = ["state"]
    list_select_related: ClassVar = ["made_by", "released_by"]
    actions: ClassVar = [_action("release"), _action("discard"), _action("leave_held"), _action("take_apart")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PayoutBatch]:
        found: QuerySet[PayoutBatch] = super().get_queryset(request)
        lines = PayoutLine.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
        return found.annotate(  # looked up for the batches of one page
            number_of_lines=Coalesce(Subquery(lines.annotate(n=Count("pk")).values("n")), 0),
            fen=Subquery(lines.annotate(fen=Sum("amount_fen")).values("fen")),
        )

    @admin.display(description=gettext_lazy("笔数"))
    def number_of_lines(self, batch: Any) -> int:
        return int(batch.number_of_lines)

    @admin.display(description=gettext_lazy("金额(元)"))
    def yuan(self, batch: Any) -> str:
        return yuan(batch.fen or 0)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The batch as finance reads it: totals, what failed and why, its lines with their payees masked."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        loaded = PayoutBatch.objects.select_related("scheme", "made_by", "released_by")
        batch = loaded.filter(pk=object_id).first() if is_key(object_id) else None
        if batch is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        found, page = figures(batch), lines_of(batch, request.GET)
        context = {
            **self.admin_site.each_context(request),
            **found,
            "title": self.called(batch),
            "opts": self.opts,
            "batch": batch,
            "failures": [(PAYOUT_FAILURES.get(code, code), n) for code, n in found["failures"]],
            "state": state_in(request.GET),
            "filters": states_to_choose(found, state_in(request.GET)),
            "page": page,
            "lines": [(line, masked_payee(line), failure_of(line) or doubt_of(line)) for line in page],
            "evidence": self._evidence(request, batch),
            "held": held_in(batch),
            **self._may(request, batch),
        }
        self.note_look(request, batch)
        return TemplateResponse(request, "subsidies/payouts/batch.html", context)

    def _may(self, request: HttpRequest, batch: PayoutBatch) -> dict[str, Any]:
        """The verbs that this person may call now, and why it is not the others."""
        may_move = self.has_move_permission(request)
        fitting = (
            {slug: verb for slug, verb in VERBS.items() if verb.needs == batch.state} if may_move else {}
        )
        only, verbs = PayoutBatch.objects.filter(pk=batch.pk), []
        obstacle: object = ""
        for slug, verb in fitting.items():
            why = getattr(with_obstacle(slug, only, by=person(request)).get(), "why", "")
            if why:
                obstacle = obstacle if why == "none_held" else LEFT[why]
            else:
                verbs.append((reverse("staff-batch-verb", args=[batch.pk, slug]), verb.title))
        return {"verbs": verbs, "obstacle": obstacle, "may_settle": may_move}

    def _evidence(self, request: HttpRequest, batch: PayoutBatch) -> list[tuple[LineEvidence, Any, bool]]:
        """What was found of its payments: each piece, in facts, and whether this person may decide it."""
        found = LineEvidence.objects.filter(line__batch=batch).select_related(
            "line__claim__trade_in", "proposed_by", "decided_by"
        )
        may = self.has_move_permission(request)
        return [
            (
                each,
                evidence_facts(each),
                may and each.state == LineEvidence.State.PROPOSED and each.proposed_by != request.user,
            )
            for each in found.defer(*contacts("line__claim__trade_in__"))
        ]


@admin.register(PayoutLine)
class PayoutLineAdmin(ExportAdmin):
    """Payments one by one, of all batches or of the one that the address names."""

    resource_classes: ClassVar = [PayoutLineResource]
    list_display: ClassVar = ["request_no", "batch", "record", "yuan", "state", "failure", "finished_at"]
    list_filter: ClassVar = [
        *("state", "doubt"),
        *of_shops("claim__trade_in__merchant"),
        ("finished_at", DayFilter),
    ]
    sortable_narrowed = ("batch", "yuan", "state", "finished_at")
    list_select_related: ClassVar = ["batch", "claim__trade_in"]
    search_fields: ClassVar = ["request_no__exact"]
    ordering: ClassVar = ["-id"]
    list_defer: ClassVar = ("payee_wallet", "payee_phone")
    sortable_by: ClassVar[list[str]] = ["request_no"]  # no index knows another order
    exclude: ClassVar = ["payee_name", "payee_wallet", "payee_phone"]

    @admin.display(description=gettext_lazy("置换记录"))
    def record(self, line: PayoutLine) -> str:
        return line.claim.trade_in.record_no

    @admin.display(description=gettext_lazy("金额(元)"), ordering="amount_fen")
    def yuan(self, line: PayoutLine) -> str:
        return yuan(line.amount_fen)

    @admin.display(description=gettext_lazy("失败或存疑的原因"))
    def failure(self, line: PayoutLine) -> str:
        return str(failure_of(line) or doubt_of(line))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PayoutLine], search_term: str
    ) -> tuple[QuerySet[PayoutLine], bool]:
        """By the payment's number, or its batch's: asked together, neither would have its index."""
        asked = search_term.strip()
        batch = PayoutBatch.objects.filter(Q(number=asked) | Q(request_no=asked)).first()
        if batch is not None:
            return queryset.filter(batch=batch), False
        found: tuple[QuerySet[PayoutLine], bool] = super().get_search_results(request, queryset, search_term)
        return found
