"""The admin of recoveries: lists to look at and take away, and the page of each case with what may be done now."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan
from core.shanghai import local_day
from core.staff.access import person
from core.storable import is_key
from ebikes.records.models.trade_in import contacts
from subsidies.models import RecoveryCase, RecoveryReceipt, RecoveryStep
from subsidies.recoveries.pages.asking import CONFIRM, DECIDE, PROPOSE, TAKE
from subsidies.recoveries.pages.steps import rights_of
from subsidies.recoveries.pages.wording import what_next
from subsidies.recoveries.resources import RecoveryCaseResource, RecoveryReceiptResource
from subsidies.recoveries.selectors.standing import Standing, standings

Kind = RecoveryStep.Kind
Verb = tuple[str, object]


@admin.register(RecoveryCase)
class RecoveryCaseAdmin(ExportAdmin):
    resource_classes: ClassVar = [RecoveryCaseResource]
    list_display: ClassVar = [
        "document",
        "record",
        "reason",
        "state",
        "yuan",
        "received",
        "proposed_at",
        "decided_at",
    ]
    list_filter: ClassVar = ["state", "reason"]
    list_select_related: ClassVar = ["claim__trade_in"]
    list_defer: ClassVar = contacts("claim__trade_in__")
    search_fields: ClassVar = ["number__exact", "claim__trade_in__record_no__exact"]
    sortable_by: ClassVar[list[str]] = []  # no index knows another order

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecoveryCase]:
        found: QuerySet[RecoveryCase] = super().get_queryset(request)
        confirmed = RecoveryReceipt.objects.filter(case=OuterRef("pk"), state=RecoveryReceipt.State.CONFIRMED)
        came = confirmed.order_by().values("case")
        return found.annotate(came=Coalesce(Subquery(came.annotate(fen=Sum("amount_fen")).values("fen")), 0))

    def called(self, row: RecoveryCase) -> str:
        return row.number or _("追回 %s") % row.claim.trade_in.record_no

    @admin.display(description=gettext_lazy("文号"))
    def document(self, case: RecoveryCase) -> str:
        return case.number or "–"

    @admin.display(description=gettext_lazy("置换记录"))
    def record(self, case: RecoveryCase) -> str:
        return case.claim.trade_in.record_no

    @admin.display(description=gettext_lazy("追回金额(元)"))
    def yuan(self, case: RecoveryCase) -> str:
        return yuan(case.amount_fen)

    @admin.display(description=gettext_lazy("已收(元)"))
    def received(self, case: Any) -> str:
        return yuan(case.came)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The case as a page to read: how it stands, what came, what was decided, and what this person may do now."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        beside = ("claim__trade_in__merchant", "claim__scheme", "proposed_by", "decided_by")
        loaded = RecoveryCase.objects.select_related(*beside).defer(*contacts("claim__trade_in__"))
        case = loaded.filter(pk=object_id).first() if is_key(object_id) else None
        if case is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        self.note_look(request, case)
        day = local_day(timezone.now())
        (found,) = standings([case], today=day)
        context = {
            **self.admin_site.each_context(request),
            "title": self.called(case),
            "opts": self.opts,
            "case": case,
            "found": found,
            "next": what_next(found, today=day),
            "verbs": verbs_for(found, request),
            "receipts": [
                (each, _verbs_of_receipt(each, request))
                for each in case.receipts.select_related("taken_by", "decided_by", "set_off__trade_in")
            ],
            "steps": [
                (each, _verbs_of_step(each, request))
                for each in case.steps.select_related("proposed_by", "decided_by")
            ],
            "reminders": [
                (each, part.instalment)
                for part in found.parts
                for each in part.instalment.reminders.order_by("no")
            ],
        }
        return TemplateResponse(request, "subsidies/recoveries/case.html", context)


def verbs_for(found: Standing, request: HttpRequest) -> list[Verb]:
    """The addresses and titles of what this person may do with the case as it stands."""
    case, user = found.case, person(request)
    verbs: list[Verb] = []
    if case.state == RecoveryCase.State.PROPOSED:
        own = case.proposed_by == user
        if user.has_perm(DECIDE) and not own:
            verbs.append((_address("decide", case, "confirm"), gettext_lazy("核准追回…")))
        if user.has_perm(PROPOSE):
            verbs.append((_address("amend", case), gettext_lazy("修改方案…")))
        if user.has_perm(DECIDE) or (own and user.has_perm(PROPOSE)):
            title = gettext_lazy("撤回…") if own else gettext_lazy("不核准…")
            verbs.append((_address("decide", case, "decline"), title))
    if case.state == RecoveryCase.State.OPEN and user.has_perm(TAKE):
        verbs.append((_address("receipt", case), gettext_lazy("登记收款…")))
    return verbs if found.step else [*verbs, *_steps(found, user)]


def _steps(found: Standing, user: Any) -> list[Verb]:
    case = found.case
    kinds: list[RecoveryStep.Kind] = [Kind.REFUND] if case.surplus_fen else []
    if case.state == RecoveryCase.State.OPEN:
        kinds = [Kind.REPLAN, *([] if case.handed_over_at else [Kind.HAND_OVER])]
        kinds += [] if found.receipt else [Kind.WRITE_OFF]
        kinds += [] if found.received_fen or found.receipt else [Kind.DROP]
    return [
        (_address("step", case, kind), f"{kind.label}…")
        for kind in kinds
        if user.has_perm(rights_of(kind)[0])
    ]


def _verbs_of_receipt(receipt: RecoveryReceipt, request: HttpRequest) -> list[Verb]:
    if receipt.state != RecoveryReceipt.State.TAKEN or not request.user.has_perm(CONFIRM):
        return []
    slugs = {"confirm": gettext_lazy("核对入账…"), "decline": gettext_lazy("不予入账…")}
    if receipt.taken_by == request.user:
        del slugs["confirm"]
    return [
        (reverse("staff-receipt-decide", args=[receipt.pk, slug]), title) for slug, title in slugs.items()
    ]


def _verbs_of_step(step: RecoveryStep, request: HttpRequest) -> list[Verb]:
    _proposes, approves = rights_of(step.kind)
    if step.state != RecoveryStep.State.PROPOSED or not request.user.has_perm(approves):
        return []
    slugs = {"approve": gettext_lazy("核准…"), "decline": gettext_lazy("不核准…")}
    if step.proposed_by == request.user:
        del slugs["approve"]
    return [
        (reverse("staff-recovery-step-decide", args=[step.pk, slug]), title) for slug, title in slugs.items()
    ]


def _address(name: str, case: RecoveryCase, *more: str) -> str:
    return reverse(f"staff-recovery-{name}", args=[case.pk, *more])


@admin.register(RecoveryReceipt)
class RecoveryReceiptAdmin(ExportAdmin):
    """Receipts of all cases."""

    resource_classes: ClassVar = [RecoveryReceiptResource]
    list_display: ClassVar = [
        "number",
        "record",
        "way",
        "yuan",
        "received_on",
        "voucher",
        "state",
        "taken_at",
        "decided_at",
    ]
    list_filter: ClassVar = ["state", "way"]
    list_select_related: ClassVar = ["case__claim__trade_in"]
    list_defer: ClassVar = contacts("case__claim__trade_in__")
    search_fields: ClassVar = ["number__exact", "voucher__exact"]
    sortable_by: ClassVar[list[str]] = []  # no index knows another order

    @admin.display(description=gettext_lazy("置换记录"))
    def record(self, receipt: RecoveryReceipt) -> str:
        return receipt.case.claim.trade_in.record_no

    @admin.display(description=gettext_lazy("金额(元)"))
    def yuan(self, receipt: RecoveryReceipt) -> str:
        return yuan(receipt.amount_fen)
