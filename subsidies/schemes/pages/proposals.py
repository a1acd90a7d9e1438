"""Proposing a change of a scheme: all its terms, or just more money; what that would do is seen before it is sent."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.accounts.typed import is_resumed
from core.staff.access import person, staff_page
from subsidies.models import Scheme, SchemeChange
from subsidies.schemes.pages.forms import ChangeForms, TopUpForms
from subsidies.schemes.selectors.preview import ChangePreview, preview_change
from subsidies.schemes.selectors.terms import Proposal
from subsidies.schemes.services.changes import (
    AlreadyOpen,
    Decided,
    Faulty,
    NoteMissing,
    NotYours,
    Outdated,
    propose_change,
)

PROPOSE, BUDGET = "subsidies.propose_schemechange", "subsidies.propose_budget"
REFUSALS = {
    AlreadyOpen: gettext_lazy("这个方案已有一项变更等待决定，先处理那一项。"),
    Decided: gettext_lazy("这项变更已经有决定，不能再改。"),
    NotYours: gettext_lazy("提出变更的人不能批准或退回自己的变更，别人也不能代为撤回。"),
    Outdated: gettext_lazy("方案在提出之后已有新版本，这项变更不再适用，请退回后重新提出。"),
    NoteMissing: gettext_lazy("请写明理由。"),
    Faulty: gettext_lazy("方案的情况已经变化，这项变更现在不能生效，原因见下。"),
}


@staff_page(PROPOSE)
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """All terms of a scheme, to be changed."""
    scheme = get_object_or_404(Scheme, pk=pk)
    forms = ChangeForms(request.POST or None, policy=scheme.policy, budget=request.user.has_perm(BUDGET))
    return _proposing(request, scheme, forms, _("提出变更"))


@staff_page(BUDGET)
def top_up(request: HttpRequest, pk: int) -> HttpResponse:
    """More money for a scheme."""
    scheme = get_object_or_404(Scheme, pk=pk)
    forms = TopUpForms(request.POST or None, policy=scheme.policy)
    return _proposing(request, scheme, forms, _("追加资金"))


def _proposing(
    request: HttpRequest, scheme: Scheme, forms: ChangeForms | TopUpForms, title: str
) -> HttpResponse:
    """Typed, then seen with all it would do, then proposed: nothing typed is lost on the way."""
    if waiting := scheme.changes.open().first():
        messages.error(request, str(REFUSALS[AlreadyOpen]))
        return redirect("staff-change", waiting.pk)
    context = {"title": title, "scheme": scheme, "forms": forms, "first": (), "back": page_of(scheme)}
    step = "edit" if is_resumed(request) else request.POST.get("step")
    proposal = forms.proposal() if request.POST else None
    if proposal is not None and step != "edit" and _up_to_date(scheme, forms):
        if step == "confirm":
            change = _proposed(request, scheme, proposal, forms)
            if change:
                return redirect("staff-change", change.pk)
        elif preview := _previewed(scheme, proposal, forms):
            typed = [(name, value) for name, value in request.POST.items() if name not in _NOT_TYPED]
            asked = context | shown(preview) | {"typed": typed, "proposal": proposal}
            return page(request, "subsidies/schemes/scheme_confirm.html", asked)
    return page(request, "subsidies/schemes/scheme_propose.html", context)


_NOT_TYPED = ("csrfmiddlewaretoken", "step")


def _up_to_date(scheme: Scheme, forms: ChangeForms | TopUpForms) -> bool:
    """Whether the form was filled in for the version that is in force."""
    if forms.settings.cleaned_data["version"] == scheme.policy.version:
        return True
    forms.settings.add_error(None, _("填写期间方案已有新版本，请返回方案页重新提出。"))
    return False


def _previewed(scheme: Scheme, proposal: Proposal, forms: ChangeForms | TopUpForms) -> ChangePreview | None:
    terms, budget = proposal.terms, proposal.budget_fen
    preview = preview_change(scheme=scheme, terms=terms, budget_fen=budget, now=timezone.now())
    forms.mark(preview.faults)
    return None if preview.faults else preview


def _proposed(
    request: HttpRequest, scheme: Scheme, proposal: Proposal, forms: ChangeForms | TopUpForms
) -> SchemeChange | None:
    try:
        change = propose_change(scheme=scheme, proposal=proposal, by=person(request), now=timezone.now())
    except Faulty as refusal:
        forms.mark(refusal.faults)
    except (AlreadyOpen, NoteMissing) as refusal:
        forms.settings.add_error(None, REFUSALS[type(refusal)])
    else:
        messages.success(request, _("变更已提出，等待另一人批准；批准之前一切照旧。"))
        return change
    return None


MOVEMENTS = {
    ("waitlisted", "settled"): gettext_lazy("离开候补，获得补贴"),
    ("eligible", "settled"): gettext_lazy("核验通过，获得补贴"),
    ("eligible", "waitlisted"): gettext_lazy("转入候补"),
    ("waitlisted", "refused"): gettext_lazy("候补中超出每人上限，不予补贴"),
    ("eligible", "refused"): gettext_lazy("超出每人上限，不予补贴"),
}


def shown(preview: ChangePreview) -> dict[str, Any]:
    movements = [
        {"title": MOVEMENTS[each.before.value, each.after.value], "movement": each}
        for each in preview.movements
    ]
    return {"preview": preview, "movements": movements}


def page_of(scheme: Scheme) -> str:
    return reverse("admin:subsidies_scheme_change", args=[scheme.pk])


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
