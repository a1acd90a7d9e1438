"""The admin of payouts: made, released and discarded by verbs; the rest is to look at."""

from collections.abc import Callable
from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from ebikes.exports import ExportAdmin
from merchants.models import User
from merchants.staff_admin import ReadOnlyAdmin, person
from subsidies.admin.tables import PayoutBatchResource, PayoutLineResource
from subsidies.models import (
    PayoutBatch,
    PayoutLine,
)
from subsidies.services.payouts import (
    NotYours,
    WrongState,
    discard_payout,
    release_payout,
)


class LineInline(TabularInline):  # type: ignore[misc]
    model = PayoutLine
    extra = 0
    fields: ClassVar = ["request_no", "claim", "amount_fen", "state", "fail_reason", "finished_at"]
    readonly_fields: ClassVar = fields


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ExportAdmin):
    resource_classes: ClassVar = [PayoutBatchResource]
    list_display: ClassVar = ["request_no", "state", "made_by", "made_at", "released_by", "released_at"]
    list_filter: ClassVar = ["state"]
    list_select_related: ClassVar = ["made_by", "released_by"]
    inlines: ClassVar = [LineInline]
    actions: ClassVar = ["release", "discard"]

    @admin.action(description=gettext_lazy("放行(发送给运营机构)"), permissions=["move"])
    def release(self, request: HttpRequest, queryset: QuerySet[PayoutBatch]) -> None:
        for batch in queryset:
            say(self, request, lambda b=batch: _released(b, person(request)))  # type: ignore[misc]

    @admin.action(description=gettext_lazy("作废未放行的批次"), permissions=["move"])
    def discard(self, request: HttpRequest, queryset: QuerySet[PayoutBatch]) -> None:
        for batch in queryset:
            say(self, request, lambda b=batch: _discarded(b, person(request)))  # type: ignore[misc]


@admin.register(PayoutLine)
class PayoutLineAdmin(ExportAdmin):
    """Payments one by one, of all batches or of the one that the address names."""

    resource_classes: ClassVar = [PayoutLineResource]
    list_display: ClassVar = [
        "request_no",
        "batch",
        "claim",
        "amount_fen",
        "state",
        "fail_reason",
        "finished_at",
    ]
    list_select_related: ClassVar = ["batch", "claim"]
    search_fields: ClassVar = ["request_no__exact", "batch__request_no__exact"]
    ordering: ClassVar = ["-id"]
    exclude: ClassVar = ["payee_name", "payee_wallet", "payee_phone"]


def _released(batch: PayoutBatch, by: User) -> str:
    release_payout(batch=batch, by=by, now=timezone.now())
    return _("批次 %s 已放行。") % batch.request_no


def _discarded(batch: PayoutBatch, by: User) -> str:
    discard_payout(batch=batch, by=by, now=timezone.now())
    return _("批次 %s 已作废，其中的申请退回“已批准”。") % batch.request_no


def say(page: ReadOnlyAdmin, request: HttpRequest, verb: Callable[[], str]) -> None:
    """Call a verb and show what came of it, or why it refused."""
    try:
        page.message_user(request, verb())
    except NotYours:
        page.message_user(request, _("批准、制单、放行须由三个不同的人完成。"), messages.ERROR)
    except WrongState:
        page.message_user(request, _("该批次已不在可操作的状态。"), messages.ERROR)
