"""Payment requests (用款申请): made for a closed month or for chosen batches; printed, signed and sealed on paper."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.accounts.typed import is_resumed
from core.staff.access import person, staff_page
from subsidies.closing.pages.months import given_out
from subsidies.closing.selectors.request_lines import lines_of_batches
from subsidies.closing.services.documents import request_document
from subsidies.closing.services.requests import NothingToAsk, request_for_batches, request_for_month
from subsidies.models import PaymentRequest, PayoutBatch, Period, Scheme

LOOK, MAKE = "subsidies.view_paymentrequest", "subsidies.add_paymentrequest"
SHOWN = 100  # batches to choose from, the newest


class MonthField(forms.ModelChoiceField):  # type: ignore[type-arg] # at run time it takes none
    """A closed month, called by its name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.month:%Y-%m}"


class RequestForm(forms.Form):
    """For what: a closed month, or batches."""

    month = MonthField(
        label=gettext_lazy("已关账的月份"),
        queryset=Period.objects.none(),
        required=False,
        empty_label=gettext_lazy("不按月，选择批次"),
        widget=UnfoldAdminSelectWidget,
    )
    purpose = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=200,
        initial=gettext_lazy("发放电动自行车淘汰置换补贴"),
        widget=UnfoldAdminTextInputWidget,
    )
    batches = forms.ModelMultipleChoiceField(
        label=gettext_lazy("发放批次"), queryset=PayoutBatch.objects.none(), required=False
    )

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["month"].queryset = Period.objects.filter(scheme=scheme, state=Period.State.CLOSED)
        fields["batches"].queryset = PayoutBatch.objects.filter(scheme=scheme)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(told.get("month")) == bool(told.get("batches")):
            raise forms.ValidationError(_("请选择一个已关账的月份，或一个以上的批次，两者选其一。"))
        return told


@require_http_methods(["GET", "POST"])
@staff_page(MAKE)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose, and make one. It moves no money: what it says is signed on paper."""
    scheme = get_object_or_404(Scheme, pk=pk)
    sent = request.POST if request.method == "POST" else None
    form = RequestForm(sent, scheme=scheme, initial={"month": request.GET.get("month", "")})
    if request.method == "POST" and not is_resumed(request) and form.is_valid():
        try:
            made = _make(scheme, form.cleaned_data, request)
        except NothingToAsk:
            form.add_error(None, _("其中没有款项：本月没有发放，或所选批次的款项都已失败、退回或作废。"))
        else:
            messages.success(request, _("用款申请 %s 已生成，可下载打印后签章。") % made.number)
            return redirect("admin:subsidies_paymentrequest_change", made.pk)
    newest = PayoutBatch.objects.filter(scheme=scheme).order_by("-pk").values_list("pk", flat=True)[:SHOWN]
    context = {
        **admin.site.each_context(request),
        "title": _("制作用款申请"),
        "scheme": scheme,
        "form": form,
        "batches": lines_of_batches(scheme, list(newest))[::-1],
        "chosen": set(map(str, request.POST.getlist("batches"))),
        "back": reverse("staff-months"),
    }
    return TemplateResponse(request, "subsidies/closing/request_new.html", context)


def _make(scheme: Scheme, told: dict[str, Any], request: HttpRequest) -> PaymentRequest:
    by, now, purpose = person(request), timezone.now(), told["purpose"]
    if told["month"]:
        return request_for_month(period=told["month"], purpose=purpose, by=by, now=now)
    batches = [batch.pk for batch in told["batches"]]
    return request_for_batches(scheme=scheme, batches=batches, purpose=purpose, by=by, now=now)


@require_GET
@staff_page(LOOK)
def request_file(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """A request as it was given out first; that it was taken away is written down."""
    asked = get_object_or_404(PaymentRequest.objects.select_related("made_by"), pk=pk)
    kept = request_document(request=asked, file_format=form, now=timezone.now())
    return given_out(request, kept, asked, f"request-{asked.number}")
