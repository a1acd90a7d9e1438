"""The end of a visit: what stands from then on is shown, and asked about."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import INPUT_CLASSES

from core.shanghai import today
from core.staff.access import person, staff_page
from core.staff.ask_first import Done, Effect, Question, ask_first, bound_to_what_was_seen, digest_of
from merchants.enforcement.orders import conclude as conclude_and_follow
from merchants.models import Inspection
from merchants.supervision.models.inspection import Finding
from merchants.supervision.models.photo import late_among
from merchants.supervision.pages.visits import INSPECT
from merchants.supervision.visits import Concluded, NotSaid, conclusions_of, missing_from


class ConcludeForm(forms.Form):
    """How the visit ends, and by when faults are put right."""

    conclusion = forms.ChoiceField(
        label=gettext_lazy("结论"), widget=forms.Select({"class": " ".join(INPUT_CLASSES)})
    )
    rectify_by = forms.DateField(
        label=gettext_lazy("整改期限"),
        required=False,
        widget=forms.DateInput({"type": "date", "class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d"),
        help_text=gettext_lazy("责令改正的须填写，含当日。"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        by, ordered = data.get("rectify_by"), data.get("conclusion") == Inspection.Conclusion.RECTIFY
        if ordered and (by is None or by <= today()) and "rectify_by" not in self.errors:
            self.add_error("rectify_by", _("责令改正的，整改期限须晚于今天。"))
        return data


@require_http_methods(["GET", "POST"])
@staff_page(INSPECT)
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what stands from then on, and ask; then the visit is over."""
    found = get_object_or_404(Inspection.objects.select_related("merchant"), pk=pk)
    back = reverse("staff-visit", args=[pk])
    if found.conclusion or found.way != Inspection.Way.SHOP:
        messages.info(request, _("检查已经结束，内容不能再改。"))
        return redirect(back)
    missing = missing_from(found)
    facts = _facts(found)
    sentence = " ".join(missing) if missing else _("结束后，检查内容不能再改，也不能删除。")
    effect = Effect(sentence, facts, possible=not missing)
    choices = [("", _("请选择")), *((each.value, each.label) for each in conclusions_of(found))]

    class Form(ConcludeForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["conclusion"].choices = choices  # type: ignore[attr-defined]

    def do(data: dict[str, Any]) -> Done:
        data = {name: data[name] for name in ("conclusion", "rectify_by")}
        conclude_and_follow(visit=found, **data, by=person(request), now=timezone.now())
        return Done(_("检查已结束。"), back)

    refusals: dict[type[Exception], object] = {
        NotSaid: _("还有内容没有填写，没有结束。"),
        Concluded: _("检查已经结束，内容不能再改。"),
    }
    form = bound_to_what_was_seen(Form, digest_of(str(facts)))
    return ask_first(request, Question(_("结束检查"), effect, do, form, refusals, back)) or redirect(back)


def _facts(found: Inspection) -> list[tuple[str, object]]:
    """What is about to stand for good."""
    facts: list[tuple[str, object]] = [
        (str(title), f"{Finding(answer).label} {words}".strip())
        for title, answer, words in found.answers()
        if answer
    ]
    signed = found.signer or (found.refusal and _("拒签：%s") % found.refusal) or _("无")
    photos = found.photos.select_related("inspection")
    count, late = len(photos), late_among(photos)
    shown = _("%(count)s，其中签字后补拍 %(late)s") % {"count": count, "late": late} if late else count
    return [*facts, (_("商户签字"), signed), (_("照片"), shown)]
