"""The shop's page on which it supplies what the regulator asks for."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.bodies import takes_files
from core.privacy.notes import names_nobody
from core.privacy.photos import BadPhoto, Photo, photo_limit, take_photo
from ebikes.models import TradeInPhoto
from merchants.models import Merchant
from merchants.team.access import member_only
from subsidies.inquiries.services.answer import NothingAsked, answer_inquiry, open_inquiry
from subsidies.portal.access import own_claims, person
from subsidies.review.hold_wording import hold_in_words


class AnswerForm(forms.Form):
    """A few words, a picture, or both."""

    text = forms.CharField(
        label=gettext_lazy("说明"),
        label_suffix="",
        required=False,
        validators=[names_nobody],
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("请勿填写证件号码、手机号等个人信息。"),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("照片内容"), label_suffix="", choices=TradeInPhoto.Kind.choices
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.photo: Photo | None = None

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        file = self.files.get("photo")
        if file is not None:
            try:
                self.photo = take_photo(file, size=file.size or 0)
            except BadPhoto as bad:
                self.add_error(None, str(bad))
        elif not told.get("text", "").strip():
            self.add_error(None, _("请写明情况，或上传照片。"))
        return told


@takes_files(photo_limit)
@require_http_methods(["GET", "POST"])
@member_only
def answer(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Show what is asked and what was answered so far; keep one answer more."""
    claim = get_object_or_404(own_claims(merchant), pk=pk)
    asked = open_inquiry(claim)
    if asked is None:
        messages.info(request, _("这份申请现在没有需要补充的材料。"))
        return redirect("portal-claim", pk)
    form = AnswerForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        photos = [(form.cleaned_data["kind"], form.photo)] if form.photo else []
        text = form.cleaned_data["text"].strip()
        try:
            answer_inquiry(claim=claim, text=text, photos=photos, by=person(request), now=timezone.now())
        except NothingAsked:
            messages.info(request, _("这份申请现在没有需要补充的材料。"))
        else:
            messages.success(request, _("已提交，工作人员查看后办理；还可以继续补充。"))
        return redirect("portal-claim", pk)
    context = {
        "merchant": merchant,
        "claim": claim,
        "asked": asked,
        "sentences": hold_in_words(asked),
        "answers": asked.answers.order_by("pk"),
        "form": form,
    }
    return render(request, "subsidies/inquiries/answer.html", context)
