"""The accounts and layouts: what is in force, what it was, and a new version, proposed by one and approved by another."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.accounts.typed import is_resumed
from core.shanghai import today
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, ask_first
from subsidies.closing.layouts import Layout
from subsidies.closing.pages.rule_forms import FORMS, RuleForm, content_shown, typed
from subsidies.closing.papers.documents import name_of
from subsidies.closing.papers.pdf import forms_pdf
from subsidies.closing.papers.sample import sample_form
from subsidies.closing.selectors.in_force import Subject, in_force
from subsidies.closing.services.rules import (
    AlreadyOpen,
    Decided,
    OwnProposal,
    Unchanged,
    decide_rule,
    propose_rule,
)
from subsidies.models import ClosingRule

LOOK, CHANGE = "subsidies.view_closingrule", "subsidies.change_closingrule"
REFUSALS: dict[type[Exception], Any] = {
    AlreadyOpen: gettext_lazy("已有一份新版本等待核准，先处理那一份。"),
    Unchanged: gettext_lazy("与现行版本相同，没有改动。"),
    OwnProposal: gettext_lazy("提出的人不能自己核准，须由另一位财务人员核准。"),
    Decided: gettext_lazy("这一版本已经核准或退回。"),
}
VERBS = {"approve": True, "decline": False}


@require_GET
@staff_page(LOOK)
def rules(request: HttpRequest) -> HttpResponse:
    """What is in force of each subject, and what waits to be decided."""
    waiting = {
        each.subject: each
        for each in ClosingRule.objects.filter(state=ClosingRule.State.PROPOSED).select_related("proposed_by")
    }
    context = {
        **admin.site.each_context(request),
        "title": _("科目和版式"),
        "subjects": [_shown(subject, waiting.get(subject)) for subject in Subject],
        "may": request.user.has_perm(CHANGE),
    }
    return TemplateResponse(request, "subsidies/closing/rules.html", context)


def _shown(subject: Subject, waiting: ClosingRule | None) -> dict[str, Any]:
    found = in_force(subject)
    return {
        "subject": subject,
        "title": subject.label,
        "version": found.version,
        "waiting": waiting,
        **content_shown(subject, found.content),
    }


@require_http_methods(["GET", "POST"])
@staff_page(CHANGE)
def propose(request: HttpRequest, slug: str) -> HttpResponse:
    """Type a new version, look at it or at a sample of it, and propose it. Nothing typed is lost."""
    subject = _subject(slug)
    if ClosingRule.objects.filter(subject=subject, state=ClosingRule.State.PROPOSED).exists():
        messages.error(request, str(REFUSALS[AlreadyOpen]))
        return redirect("staff-rules")
    form = FORMS[subject](request.POST if request.method == "POST" else None, initial=typed(subject))
    step = request.POST.get("step")
    context = {
        **admin.site.each_context(request),
        "title": _("%s：新版本") % subject.label,
        "subject": subject,
        "form": form,
        "back": reverse("staff-rules"),
    }
    if request.method == "POST" and not is_resumed(request) and form.is_valid():
        if step == "sample" and subject != Subject.ACCOUNTS:
            return _sample(form.content)
        if step == "propose":
            if rule := _proposed(request, subject, form):
                return redirect("admin:subsidies_closingrule_change", rule.pk)
        else:
            context |= {"preview": content_shown(subject, form.content)}
    return TemplateResponse(request, "subsidies/closing/rule_propose.html", context)


def _proposed(request: HttpRequest, subject: str, form: RuleForm) -> ClosingRule | None:
    try:
        rule = propose_rule(
            subject=subject,
            content=dict(form.content),
            by=person(request),
            now=timezone.now(),
            note=form.cleaned_data["note"],
        )
    except (AlreadyOpen, Unchanged) as refusal:
        form.add_error(None, REFUSALS[type(refusal)])
        return None
    messages.success(request, _("新版本已提出，须由另一位财务人员核准；核准之前仍按现行版本。"))
    return rule


def _sample(content: Mapping[str, Any]) -> HttpResponse:
    """A made-up voucher or request in the layout."""
    layout = Layout.from_json(content)
    headers = {"Content-Disposition": f'inline; filename="sample-{layout.subject}.pdf"'}
    body = forms_pdf([sample_form(layout, today())], layout.title)
    return HttpResponse(body, content_type="application/pdf", headers=headers)


@require_GET
@staff_page(LOOK)
def sample(request: HttpRequest, slug: str) -> HttpResponse:
    """What the layout in force prints."""
    subject = _subject(slug)
    if subject == Subject.ACCOUNTS:
        raise Http404
    return _sample(in_force(subject).content)


@require_http_methods(["GET", "POST"])
@staff_page(CHANGE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Put another person's version in force, or give it back."""
    if slug not in VERBS:
        raise Http404
    rule = get_object_or_404(ClosingRule.objects.select_related("proposed_by"), pk=pk)
    back, approve = reverse("admin:subsidies_closingrule_change", args=[rule.pk]), VERBS[slug]
    own = approve and rule.proposed_by_id == person(request).pk
    open_ = rule.state == ClosingRule.State.PROPOSED

    def do(told: dict[str, Any]) -> str:
        decide_rule(rule=rule, approve=approve, by=person(request), now=timezone.now(), note=told["note"])
        return (
            _("新版本已核准，今后的关账和申请按它进行。") if approve else _("新版本未予核准，仍按现行版本。")
        )

    sentence = (
        _("核准后今后的关账和申请按新版本进行，已关账的月份不变。")
        if approve
        else _("退回后仍按现行版本，可另行提出。")
    )
    refusal = str(REFUSALS[OwnProposal if own else Decided])
    facts: list[tuple[str, object]] = [
        (_("规则"), rule.get_subject_display()),
        (_("版本"), rule.version),
        (_("提出人"), name_of(rule.proposed_by)),
        (_("说明"), rule.note),
    ]
    possible = open_ and not own
    effect = Effect(sentence if possible else refusal, facts, possible=possible)
    title = _("核准新版本") if approve else _("不核准新版本")
    return ask_first(request, Question(title, effect, do, NoteForm, REFUSALS, back)) or redirect(back)


def _subject(slug: str) -> Subject:
    if slug not in Subject.values:
        raise Http404
    return Subject(slug)
