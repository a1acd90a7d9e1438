"""A claim's case file, asked for and taken away: by whom and for what is written down."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from core.accounts.throttle import TooMany, count_attempt
from core.audit.record import Action, record
from core.content_types import PDF
from core.models import User
from core.privacy.masks import names_by_number
from core.privacy.reasons import says_something
from core.staff.access import person, staff_page
from ebikes.records.reveal import REVEALS, may_reveal
from subsidies.casefile.make import case_file_of
from subsidies.models import Claim
from subsidies.review.pages.claim_facts import load_claim

LOOK = "subsidies.view_claim"


class CopyForm(forms.Form):
    """For what the copy is. Whoever may not have people unmasked is not asked whether they shall be."""

    purpose = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("印在卷宗上，并记入审计日志。请勿填写证件号码、手机号等个人信息。"),
    )
    in_full = forms.BooleanField(
        label=gettext_lazy("完整个人信息"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=gettext_lazy("不勾选时，姓名、证件号码、手机号和钱包编号都打星号。"),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_reveal(by):
            del self.fields["in_full"]

    def clean_purpose(self) -> str:
        """A purpose that says something, and names nobody."""
        said: str = " ".join(self.cleaned_data["purpose"].split())
        if not says_something(said) or names_by_number(said):
            raise forms.ValidationError(_("请写明用途，说清用来做什么，不要写个人信息"))
        return said


@require_http_methods(["GET", "POST"])
@staff_page(LOOK)
def case_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what the copy is for; then hand it over."""
    claim: Claim = get_object_or_404(load_claim(), pk=pk)
    form = CopyForm(request.POST or None, by=person(request))
    if form.is_valid():
        try:
            return _handed_over(request, claim, form.cleaned_data)
        except TooMany:
            form.add_error(None, _("一小时内查看完整个人信息的次数太多，请稍后再试"))
    context = {
        **admin.site.each_context(request),
        "title": _("卷宗：%s") % claim.trade_in.record_no,
        "form": form,
        "back": reverse("admin:subsidies_claim_change", args=[claim.pk]),
    }
    return TemplateResponse(request, "subsidies/casefile/ask.html", context)


def _handed_over(request: HttpRequest, claim: Claim, said: dict[str, Any]) -> HttpResponse:
    by, now, in_full = person(request), timezone.now(), bool(said.get("in_full"))
    told: dict[str, object] = {"reason": said["purpose"], "format": "pdf"}
    with transaction.atomic():
        if in_full:
            count_attempt(REVEALS, [REVEALS.key(str(by.pk))], now=now)
            told["fields"] = ["id_no", "name", "phone", "wallet_no"]
        record(Action.REVEAL if in_full else Action.EXPORT, by=by, of=claim, detail=told)
    made = case_file_of(claim, by=by, now=now, purpose=said["purpose"], in_full=in_full)
    response = HttpResponse(made, content_type=PDF)
    response["Content-Disposition"] = f'attachment; filename="case-{claim.pk}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
