"""The admin of the money: claims and payouts are moved by the same verbs that everybody uses; the rest is to look at."""

from collections.abc import Callable
from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from ebikes.exports import ExportAdmin, HarmlessResource
from merchants.models import User
from merchants.staff_admin import ReadOnlyAdmin
from subsidies.filters import ReasonFilter, WaitingFilter
from subsidies.models import (
    Claim,
    ClaimEvent,
    EligibilityCheck,
    LedgerEntry,
    PayoutBatch,
    PayoutLine,
    PolicyVersion,
    Scheme,
    Stage,
)
from subsidies.services.find import find_claims
from subsidies.services.payouts import (
    NotYours,
    WrongState,
    approve_claims,
    discard_payout,
    make_payouts,
    release_payout,
)


class StageInline(TabularInline):  # type: ignore[misc]
    model = Stage
    extra = 0
    can_delete = False
    fields: ClassVar = ["no", "starts_on", "ends_on", "amount_fen", "cap_fen", "reserved_fen", "paid_fen"]
    readonly_fields: ClassVar = fields


class PolicyInline(TabularInline):  # type: ignore[misc]
    model = PolicyVersion
    extra = 0
    can_delete = False


@admin.register(Scheme)
class SchemeAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["name", "code", "funded_fen", "reserved_fen", "paid_fen", "available_fen"]
    fields: ClassVar = [*list_display, "filing_plate_pattern", "digital_plate_pattern", "ledger_seq"]
    inlines: ClassVar = [StageInline, PolicyInline]


class EventInline(TabularInline):  # type: ignore[misc]
    model = ClaimEvent
    extra = 0
    fields: ClassVar = ["at", "from_state", "to_state", "verb", "by", "refusals", "note"]
    readonly_fields: ClassVar = fields


class CheckInline(TabularInline):  # type: ignore[misc]
    model = EligibilityCheck
    extra = 0
    fields: ClassVar = ["checked_at", "results", "policy"]
    readonly_fields: ClassVar = fields


class ClaimResource(HarmlessResource):
    """What an export of claims holds: nothing that tells who it is."""

    class Meta:
        model = Claim
        fields: ClassVar = [
            *("trade_in__record_no", "filing_plate_no", "vehicle_code", "state", "stage__no", "amount_fen"),
            *("completed_at", "completed_by", "received_at"),
        ]


@admin.register(Claim)
class ClaimAdmin(ExportAdmin):
    resource_classes: ClassVar = [ClaimResource]
    list_display: ClassVar = [
        "trade_in",
        "filing_plate_no",
        "state",
        "stage",
        "amount_fen",
        "completed_at",
        "refusals",
    ]
    list_filter: ClassVar = ["scheme", "state", "stage", WaitingFilter, ReasonFilter]
    list_select_related: ClassVar = ["trade_in", "stage"]
    search_fields: ClassVar = ["trade_in__record_no__exact", "filing_plate_no__exact", "vehicle_code__exact"]
    exclude: ClassVar = ["next_check_at", "check_attempts"]
    inlines: ClassVar = [CheckInline, EventInline]
    actions: ClassVar = ["approve", "order_payment"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Claim], search_term: str
    ) -> tuple[QuerySet[Claim], bool]:
        return (find_claims(search_term, queryset) if search_term.strip() else queryset), False

    def has_order_permission(self, request: HttpRequest) -> bool:
        """Whether this person makes payouts: another right than to approve."""
        return request.user.has_perm("subsidies.add_payoutbatch")

    @admin.action(description=gettext_lazy("批准发放"), permissions=["move"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Claim]) -> None:
        count = approve_claims(
            claims=Claim.objects.filter(pk__in=queryset), by=_user(request), now=timezone.now()
        )
        self.message_user(request, _("已批准 %s 份；其余不在可批准的状态。") % count)

    @admin.action(description=gettext_lazy("制作发放批次"), permissions=["order"])
    def order_payment(self, request: HttpRequest, queryset: QuerySet[Claim]) -> None:
        claims = Claim.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        for scheme in Scheme.objects.filter(claims__in=claims).distinct():
            _say(self, request, lambda s=scheme: _ordered(s, claims, _user(request)))  # type: ignore[misc]


class LineInline(TabularInline):  # type: ignore[misc]
    model = PayoutLine
    extra = 0
    fields: ClassVar = ["request_no", "claim", "amount_fen", "state", "fail_reason", "finished_at"]
    readonly_fields: ClassVar = fields


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["request_no", "state", "made_by", "made_at", "released_by", "released_at"]
    list_filter: ClassVar = ["state"]
    list_select_related: ClassVar = ["made_by", "released_by"]
    inlines: ClassVar = [LineInline]
    actions: ClassVar = ["release", "discard"]

    @admin.action(description=gettext_lazy("放行(发送给运营机构)"), permissions=["move"])
    def release(self, request: HttpRequest, queryset: QuerySet[PayoutBatch]) -> None:
        for batch in queryset:
            _say(self, request, lambda b=batch: _released(b, _user(request)))  # type: ignore[misc]

    @admin.action(description=gettext_lazy("作废未放行的批次"), permissions=["move"])
    def discard(self, request: HttpRequest, queryset: QuerySet[PayoutBatch]) -> None:
        for batch in queryset:
            _say(self, request, lambda b=batch: _discarded(b, _user(request)))  # type: ignore[misc]


def _ordered(scheme: Scheme, claims: QuerySet[Claim], by: User) -> str:
    made = make_payouts(scheme=scheme, claims=claims, by=by, now=timezone.now())
    return _("已制作 %(batches)s 个批次；%(without)s 份没有收款钱包和手机号，未列入。") % {
        "batches": len(made.batches),
        "without": len(made.without_address),
    }


def _released(batch: PayoutBatch, by: User) -> str:
    release_payout(batch=batch, by=by, now=timezone.now())
    return _("批次 %s 已放行。") % batch.request_no


def _discarded(batch: PayoutBatch, by: User) -> str:
    discard_payout(batch=batch, by=by, now=timezone.now())
    return _("批次 %s 已作废，其中的申请退回“已批准”。") % batch.request_no


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("the admin is for people who are logged in")
    return request.user


def _say(page: ReadOnlyAdmin, request: HttpRequest, verb: Callable[[], str]) -> None:
    """Call a verb and show what came of it, or why it refused."""
    try:
        page.message_user(request, verb())
    except NotYours:
        page.message_user(request, _("批准、制单、放行须由三个不同的人完成。"), messages.ERROR)
    except WrongState:
        page.message_user(request, _("该批次已不在可操作的状态。"), messages.ERROR)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["seq", "kind", "stage", "claim", "amount_fen", "at", "by", "ref"]
    list_filter: ClassVar = ["scheme", "kind", "stage"]
    list_select_related: ClassVar = ["stage", "claim", "by"]
    fields: ClassVar = ["scheme", *list_display, "chain"]

    @admin.display(description=gettext_lazy("链值"))
    def chain(self, entry: LedgerEntry) -> str:
        return bytes(entry.hash).hex()
