"""The admin of closes: to look at. A month's page, a request's and a rule's are here; what is done is on pages beside."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan_and_fen
from core.staff.base import ReadOnlyAdmin
from subsidies.closing.accounts import kind_title
from subsidies.closing.pages.months import CLOSE
from subsidies.closing.pages.rule_forms import content_shown
from subsidies.closing.pages.rules import CHANGE
from subsidies.closing.pages.telling import figures, item_title, item_told
from subsidies.closing.resources import VoucherResource
from subsidies.models import ClosingRule, PaymentRequest, Period, Voucher


class _PageAdmin(ReadOnlyAdmin):
    """Rows with a page of their own."""

    watched = False
    template = ""

    def shown(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if request.method != "GET" or not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        context = {
            **self.admin_site.each_context(request),
            "title": self.called(row),
            "opts": self.opts,
            **self.shown(request, row),
        }
        return TemplateResponse(request, self.template, context)


@admin.register(Period)
class PeriodAdmin(_PageAdmin):
    template = "subsidies/closing/month.html"
    list_display: ClassVar = [
        "called",
        "scheme",
        "state",
        "vouchers",
        "closed_by",
        "closed_at",
        "decided_by",
        "decided_at",
    ]
    list_display_links: ClassVar = ["called"]
    list_filter: ClassVar = ["scheme", "state"]
    list_select_related: ClassVar = ["scheme", "closed_by", "decided_by"]
    ordering: ClassVar = ["-month", "-id"]
    sortable_by: ClassVar[list[str]] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Period]:
        found: QuerySet[Period] = super().get_queryset(request)
        return found.annotate(n=Count("vouchers"))

    @admin.display(description=gettext_lazy("月份"))
    def called(self, row: Period) -> str:
        return f"{row.month:%Y-%m}"

    @admin.display(description=gettext_lazy("凭证张数"))
    def vouchers(self, row: Any) -> int:
        return int(row.n)

    def shown(self, request: HttpRequest, row: Period) -> dict[str, Any]:
        waits = row.state == Period.State.CLOSING and request.user.has_perm(CLOSE)
        return {
            "period": row,
            "figures": figures(row.sums),
            "items": [(item_title(item), item_told(item)) for item in row.open_items],
            "digest": bytes(row.vouchers_digest or b"").hex(),
            "head": bytes(row.last_hash).hex(),
            "vouchers": [
                (voucher, [(entry, yuan_and_fen(entry.amount_fen)) for entry in voucher.entries.all()])
                for voucher in row.vouchers.prefetch_related("entries").order_by("no")
            ],
            "may_confirm": waits and row.closed_by_id != request.user.pk,
            "may_decline": waits,
            "closed": row.state == Period.State.CLOSED,
            "may_ask": request.user.has_perm("subsidies.add_paymentrequest"),
            "requests": list(row.payment_requests.order_by("pk")),
        }


@admin.register(Voucher)
class VoucherAdmin(ExportAdmin):
    resource_classes: ClassVar = [VoucherResource]
    watched = False
    list_display: ClassVar = ["number", "month", "day", "kind_told", "summary", "rows", "yuan", "attachments"]
    list_filter: ClassVar = ["kind"]
    list_select_related: ClassVar = ["period"]
    ordering: ClassVar = ["-period", "no"]
    sortable_by: ClassVar[list[str]] = []
    fields: ClassVar = [
        "period",
        "number",
        "day",
        "kind_told",
        "summary",
        "rows",
        "yuan",
        "attachments",
        "entries_told",
    ]

    def called(self, row: Voucher) -> str:
        return f"{row.period.month:%Y-%m} {row}"

    @admin.display(description=gettext_lazy("凭证号"))
    def number(self, row: Voucher) -> str:
        return str(row)

    @admin.display(description=gettext_lazy("月份"))
    def month(self, row: Voucher) -> str:
        return f"{row.period.month:%Y-%m}"

    @admin.display(description=gettext_lazy("类别"))
    def kind_told(self, row: Voucher) -> str:
        return kind_title(row.kind)

    @admin.display(description=gettext_lazy("金额(元)"))
    def yuan(self, row: Voucher) -> str:
        return yuan_and_fen(row.amount_fen)

    @admin.display(description=gettext_lazy("会计分录"))
    def entries_told(self, row: Voucher) -> str:
        return "；".join(f"{each} {yuan_and_fen(each.amount_fen)}" for each in row.entries.all())


@admin.register(PaymentRequest)
class PaymentRequestAdmin(_PageAdmin):
    template = "subsidies/closing/request.html"
    list_display: ClassVar = ["number", "scheme", "purpose", "rows", "yuan", "made_by", "made_at"]
    list_filter: ClassVar = ["scheme"]
    list_select_related: ClassVar = ["scheme", "made_by"]
    sortable_by: ClassVar[list[str]] = []

    @admin.display(description=gettext_lazy("金额(元)"))
    def yuan(self, row: PaymentRequest) -> str:
        return yuan_and_fen(row.amount_fen)

    def shown(self, request: HttpRequest, row: PaymentRequest) -> dict[str, Any]:
        return {"request_": row, "lines": [(line, yuan_and_fen(line["fen"])) for line in row.lines]}


@admin.register(ClosingRule)
class ClosingRuleAdmin(_PageAdmin):
    template = "subsidies/closing/rule.html"
    list_display: ClassVar = [
        "subject",
        "version",
        "state",
        "proposed_by",
        "proposed_at",
        "decided_by",
        "decided_at",
    ]
    list_filter: ClassVar = ["subject", "state"]
    list_select_related: ClassVar = ["proposed_by", "decided_by"]
    ordering: ClassVar = ["-id"]
    sortable_by: ClassVar[list[str]] = []

    def shown(self, request: HttpRequest, row: ClosingRule) -> dict[str, Any]:
        waits = row.state == ClosingRule.State.PROPOSED and request.user.has_perm(CHANGE)
        return {
            "rule": row,
            **content_shown(row.subject, row.content),
            "may_approve": waits and row.proposed_by_id != request.user.pk,
            "may_decline": waits,
        }
