"""Deciding a scheme's change: what it would do, and yes or no by somebody other than its proposer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.money import yuan
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    EFFECT_CHANGED,
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
    digest_of,
)
from subsidies.models import SchemeChange
from subsidies.schemes.pages.proposals import BUDGET, PROPOSE, REFUSALS, page, page_of, shown
from subsidies.schemes.selectors.preview import ChangePreview, preview_proposal
from subsidies.schemes.selectors.terms import Difference, Terms, differences
from subsidies.schemes.services.changes import Decided, approve_change, reject_change, withdraw_change

DECIDE, LOOK = "subsidies.decide_schemechange", "subsidies.view_schemechange"


@require_GET
@staff_page(LOOK)
def change_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposal: what it changes, what it would do, who may decide it."""
    change = _change(pk)
    waits = change.state == SchemeChange.State.PROPOSED
    own = change.proposed_by_id == person(request).pk
    context = {
        "title": _("方案变更 %s") % change.pk,
        "change": change,
        **(shown(preview_proposal(change=change, now=timezone.now())) if waits else {}),
        "differences": [] if waits else _made(change),
        "outdated": waits and change.based_on != change.scheme.policy.version,
        "may_decide": waits and not own and request.user.has_perm(DECIDE),
        "may_withdraw": waits and own,
        "back": page_of(change.scheme),
    }
    return page(request, "subsidies/schemes/scheme_change.html", context)


@staff_page(DECIDE)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    change = _waiting(request, pk)
    if isinstance(change, HttpResponse):
        return change
    preview = preview_proposal(change=change, now=timezone.now())

    def do(told: dict[str, Any]) -> str:
        how = {"by": person(request), "now": timezone.now(), "note": told["note"], "seen": told["seen"]}
        done = approve_change(change=change, **how)
        if done.version:
            return _("变更已批准，政策第 %s 版生效；下一次分配按新规定进行。") % done.version.version
        return _("变更已批准，资金已入账；下一次分配按新的余额进行。")

    form = bound_to_what_was_seen(NoteForm, digest_of(change.pk, preview), EFFECT_CHANGED)
    return _ask(request, change, _approval(change, preview), do, title=_("批准变更"), form=form)


def _approval(change: SchemeChange, preview: ChangePreview) -> Effect:
    if preview.faults:
        reasons = _("；").join(fault.sentence for fault in preview.faults)
        return Effect(_("这项变更现在不能生效：%s。") % reasons, possible=False)
    leaving, leaving_fen = preview.leaving
    facts = [
        *((each.title, _from_to(each)) for each in preview.changed),
        (_("可用资金(元)"), _money(preview)),
        (_("离开候补"), _("%(n)s 份，共 %(yuan)s 元") % {"n": f"{leaving:,}", "yuan": yuan(leaving_fen)}),
        (_("分配之后剩余(元)"), yuan(preview.left_fen)),
    ]
    return Effect(
        _("批准后立即生效，不能撤销，只能再提出一次变更。"), facts, warning=_("；").join(preview.warnings)
    )


def _from_to(each: Difference) -> str:
    return f"{each.old or _('无')} → {each.new or _('删除')}"


def _money(preview: ChangePreview) -> str:
    """What can still be given, before and after where that is not the same."""
    free = yuan(preview.free_fen)
    return f"{yuan(preview.free_before_fen)} → {free}" if preview.budget_fen else free


@staff_page(DECIDE)
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    change = _waiting(request, pk)
    if isinstance(change, HttpResponse):
        return change

    def do(told: dict[str, Any]) -> str:
        reject_change(change=change, by=person(request), now=timezone.now(), note=told["note"])
        return _("变更已退回，方案不变。")

    effect = Effect(_("退回后方案保持不变，可以另行提出。"))
    return _ask(request, change, effect, do, title=_("退回变更"), form=RequiredNoteForm)


@staff_page(PROPOSE, BUDGET)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    change = _waiting(request, pk)
    if isinstance(change, HttpResponse):
        return change
    if change.proposed_by_id != person(request).pk:
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        withdraw_change(change=change, by=person(request), now=timezone.now(), note=told["note"])
        return _("变更已撤回，方案不变。")

    effect = Effect(_("撤回后方案保持不变，可以另行提出。"))
    return _ask(request, change, effect, do, title=_("撤回变更"))


def _ask(
    request: HttpRequest, change: SchemeChange, effect: Effect, do: Any, *, title: str, form: Any = NoteForm
) -> HttpResponse:
    back = reverse("staff-change", args=[change.pk])
    question = Question(title, effect, do, form=form, refusals=REFUSALS, back=back)
    return ask_first(request, question) or redirect(back)


def _change(pk: int) -> SchemeChange:
    people = SchemeChange.objects.select_related("scheme", "proposed_by", "decided_by", "version")
    return get_object_or_404(people, pk=pk)


def _waiting(request: HttpRequest, pk: int) -> SchemeChange | HttpResponse:
    """The proposal, if it still waits for a decision; else its page, which says how it was decided."""
    change = _change(pk)
    if change.state == SchemeChange.State.PROPOSED:
        return change
    messages.error(request, str(REFUSALS[Decided]))
    return redirect("staff-change", pk)


def _made(change: SchemeChange) -> list[Difference]:
    """In what a decided change differed from the version that it was thought out for."""
    based_on = change.scheme.policies.get(version=change.based_on)
    return differences(Terms.of(based_on), Terms.from_json(change.terms))
