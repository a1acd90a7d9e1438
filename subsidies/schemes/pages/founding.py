"""Drafting a scheme: with the terms of another, its dates a year later, or from nothing. Another's approval opens it."""

from dataclasses import replace
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
from unfold.widgets import UnfoldAdminTextInputWidget

from core.accounts.typed import is_resumed
from core.districts.chooser import InDistrictForm, in_district
from core.staff.access import person, staff_page
from subsidies.models import PolicyVersion, Scheme
from subsidies.schemes.pages.forms import STAGES, ChangeForms, SettingsForm, YuanField
from subsidies.schemes.pages.proposals import BUDGET, page, page_of
from subsidies.schemes.selectors.terms import Terms
from subsidies.schemes.services.changes import Faulty
from subsidies.schemes.services.clone import clone_scheme, moved

_CODE = forms.RegexField(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    label=gettext_lazy("方案代码"),
    max_length=32,
    widget=UnfoldAdminTextInputWidget,
    help_text=gettext_lazy("字母、数字、短横线，开放后不能更改，写入每一笔账目"),
)


class DraftForm(InDistrictForm, SettingsForm):
    """What a scheme is called, its policy, its money and the reasons."""

    code = _CODE
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100, widget=UnfoldAdminTextInputWidget)
    budget_fen = YuanField(label=gettext_lazy("资金总额(元)"))
    field_order = ("district", "code", "name", "budget_fen")

    def __init__(self, data: Any, *, policy: PolicyVersion) -> None:
        super().__init__(data, policy=policy, budget=True)
        del self.fields["version"]


class DraftForms(ChangeForms):
    """The same with the stages, moved a year on."""

    settings: DraftForm

    def __init__(self, data: Any, *, policy: PolicyVersion) -> None:
        terms = Terms.of(policy)
        self.settings = DraftForm(data, policy=policy)
        self.stages = STAGES(data, terms=replace(terms, stages=moved(terms.stages)))


@require_http_methods(["GET", "POST"])
@staff_page(BUDGET)
def draft(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Typed, and drafted with its first money proposed; nothing typed is lost where something is wrong."""
    source = get_object_or_404(Scheme, pk=pk) if pk is not None else None
    typed = DraftForms(request.POST or None, policy=source.policy if source else PolicyVersion(version=0))
    proposal = typed.proposal() if request.POST and not is_resumed(request) else None
    if proposal is not None:
        told = typed.settings.cleaned_data
        try:
            with in_district(told):
                scheme = clone_scheme(
                    source=source,
                    code=told["code"],
                    name=told["name"],
                    district=told.get("district"),
                    proposal=proposal,
                    by=person(request),
                    now=timezone.now(),
                )
        except Faulty as refusal:
            typed.mark(refusal.faults)
        else:
            messages.success(request, _("方案已拟定，等待另一人批准；批准后开放，在此之前不受理申请。"))
            return redirect("staff-change", scheme.changes.get().pk)
    context = {
        "title": _("仿照“%s”新建方案") % source.name if source else _("新建方案"),
        "scheme": source,
        "forms": typed,
        "drafting": True,
        "first": DraftForm.field_order,
        "back": page_of(source) if source else reverse("admin:subsidies_scheme_changelist"),
    }
    return page(request, "subsidies/schemes/scheme_propose.html", context)
