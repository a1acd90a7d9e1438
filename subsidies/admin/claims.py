"""The admin of claims: moved by the same verbs that everybody uses, and by nothing else."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from ebikes.exports import ExportAdmin, HarmlessResource
from merchants.models import User
from merchants.staff_admin import person
from subsidies.admin.payouts import say
from subsidies.filters import ReasonFilter, WaitingFilter
from subsidies.models import (
    Claim,
    ClaimEvent,
    EligibilityCheck,
    Scheme,
)
from subsidies.services.payouts import (
    approve_claims,
    make_payouts,
)


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
    exclude: ClassVar = ["next_check_at", "check_attempts"]
    inlines: ClassVar = [CheckInline, EventInline]
    actions: ClassVar = ["approve", "order_payment"]

    def has_order_permission(self, request: HttpRequest) -> bool:
        """Whether this person makes payouts: another right than to approve."""
        return request.user.has_perm("subsidies.add_payoutbatch")

    @admin.action(description=gettext_lazy("批准发放"), permissions=["move"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Claim]) -> None:
        count = approve_claims(
            claims=Claim.objects.filter(pk__in=queryset), by=person(request), now=timezone.now()
        )
        self.message_user(request, _("已批准 %s 份；其余不在可批准的状态。") % count)

    @admin.action(description=gettext_lazy("制作发放批次"), permissions=["order"])
    def order_payment(self, request: HttpRequest, queryset: QuerySet[Claim]) -> None:
        claims = Claim.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)))
        for scheme in Scheme.objects.filter(claims__in=claims).distinct():
            say(self, request, lambda s=scheme: _ordered(s, claims, person(request)))  # type: ignore[misc]


def _ordered(scheme: Scheme, claims: QuerySet[Claim], by: User) -> str:
    made = make_payouts(scheme=scheme, claims=claims, by=by, now=timezone.now())
    return _("已制作 %(batches)s 个批次；%(without)s 份没有收款钱包和手机号，未列入。") % {
        "batches": len(made.batches),
        "without": len(made.without_address),
    }
