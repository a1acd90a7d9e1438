"""Making an issue of the report, and signing what another person made; each asked about first."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.shanghai import to_the_minute, today
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Done,
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
)
from subsidies.issues.prose import NotATemplate
from subsidies.issues.selectors.changes import issue_of
from subsidies.issues.selectors.contents import in_force
from subsidies.issues.services.issues import (
    Decided,
    NoteMissing,
    NotOver,
    OneDistrict,
    SamePerson,
    decide_issue,
    make_issue,
)
from subsidies.models import ReportIssue
from subsidies.reports.pages.scope import asked
from subsidies.review.pages.claim_facts import name_of

LOOK, MAKE, SIGN = (f"subsidies.{verb}_reportissue" for verb in ("view", "add", "change"))
REFUSALS: dict[type[Exception], str | Promise] = {
    NotOver: gettext_lazy("所选日期还没有过完，不能编制。"),
    OneDistrict: gettext_lazy("报告按区编制，请先选择一个区的补贴方案。没有编制。"),
    NotATemplate: gettext_lazy("现行报告模板里有本期没有的数据名称，请先改好模板。没有编制。"),
    SamePerson: gettext_lazy("编制的人不能自己签发，须由另一人签发。"),
    Decided: gettext_lazy("这一期已经签发或退回。"),
    NoteMissing: gettext_lazy("退回须写明原因。"),
}


def page_of(issue: ReportIssue) -> str:
    return reverse("admin:subsidies_reportissue_change", args=[issue.pk])


@require_http_methods(["GET", "POST"])
@staff_page(MAKE)
def new(request: HttpRequest) -> HttpResponse:
    """Say what would be frozen, then freeze it; another person signs."""
    found = asked(request)
    back = f"{reverse('staff-report')}?{found.query}"
    if not found.makes_sense:
        return redirect(f"{reverse('staff-report')}?{request.GET.urlencode()}")

    def do(told: dict[str, Any]) -> Done:
        issue = make_issue(scope=found.scope, by=person(request), now=timezone.now(), note=told["note"])
        sentence = _("第 %s 期已编制，数据、明细和正文都已固定；须由另一人签发。")
        return Done(sentence % issue.number, page_of(issue))

    over = found.last < today()
    before, template = ReportIssue.objects.signed().order_by("-decided_at").first(), in_force()
    facts: list[tuple[str, object]] = [
        (_("期间"), f"{found.scope.first} – {found.last}"),
        (_("补贴方案"), _("、").join(scheme.name for scheme in found.scope.schemes) or "–"),
        (_("对比的上一期"), before.number if before else "–"),
        (_("报告模板"), str(template) if template else _("随系统附带")),
    ]
    sentence = _("编制后各项数据、明细行和正文按期末的情况固定，今后不再变化；有误的退回后重新编制。")
    there = issue_of(found.scope)
    warning = _("这些日期和方案已有签发的第 %s 期，不是更正的不必再编。") % there.number if there else ""
    effect = Effect(
        sentence if over else str(REFUSALS[NotOver]), facts, warning=warning if over else "", possible=over
    )
    question = Question(_("编制报告"), effect, do, NoteForm, REFUSALS, back)
    return ask_first(request, question) or redirect(back)


@dataclass(frozen=True, slots=True)
class IssueVerb:
    """What may be done with an issue that waits. `own`: whether whoever made it may, too."""

    title: str | Promise
    effect: str | Promise
    done: str | Promise
    sign: bool
    form: type[NoteForm] = NoteForm
    own: bool = False


VERBS = {
    "sign": IssueVerb(
        gettext_lazy("签发报告"),
        gettext_lazy("请先阅读正文和各项数据。签发后这一期不再变化，今后的各期与它对比。"),
        gettext_lazy("已签发。"),
        sign=True,
    ),
    "decline": IssueVerb(
        gettext_lazy("退回报告"),
        gettext_lazy("退回后这一期不签发，期号保留；可以改正后重新编制。"),
        gettext_lazy("已退回。"),
        sign=False,
        form=RequiredNoteForm,
        own=True,
    ),
}


def may_take(request: HttpRequest, verb: IssueVerb, *, mine: bool) -> bool:
    """Whoever may sign takes any of the verbs; whoever made it may take it back."""
    return request.user.has_perm(SIGN) or (mine and verb.own)


@require_http_methods(["GET", "POST"])
@staff_page(MAKE, SIGN)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then sign or give back."""
    if slug not in VERBS:
        raise Http404
    issue, verb, by = (
        get_object_or_404(ReportIssue.objects.select_related("made_by"), pk=pk),
        VERBS[slug],
        person(request),
    )
    mine, waits = issue.made_by_id == by.pk, issue.state == ReportIssue.State.PROPOSED
    if not may_take(request, verb, mine=mine):
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        decide_issue(issue=issue, sign=verb.sign, by=by, now=timezone.now(), note=told["note"])
        return str(verb.done)

    facts: list[tuple[str, object]] = [
        (_("期号"), issue.number),
        (_("期间"), f"{issue.first} – {issue.last}"),
        (_("数据项数"), issue.figures.count()),
        (_("数据指纹"), bytes(issue.digest or b"").hex()),
        (_("编制人"), f"{name_of(issue.made_by)} {to_the_minute(issue.made_at)}"),
        (_("说明"), issue.note or "–"),
    ]
    possible = waits and (not mine or verb.own)
    effect = Effect(
        str(verb.effect if possible else REFUSALS[SamePerson if waits else Decided]), facts, possible=possible
    )
    form = bound_to_what_was_seen(verb.form, f"{issue.state}/{issue.decided_at}")
    question = Question(verb.title, effect, do, form, REFUSALS, page_of(issue))
    return ask_first(request, question) or redirect(page_of(issue))
