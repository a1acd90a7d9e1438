"""Differences as people read and close them: taken over, said what they were, signed by another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminSelectWidget

from core.models import User
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
)
from subsidies.models import Difference
from subsidies.reconciliation.services.resolve import (
    DoesNotFit,
    Finding,
    NotOpen,
    SamePerson,
    decline_resolution,
    propose_resolution,
    sign_resolution,
    take_over,
)
from subsidies.reconciliation.wording import in_words
from subsidies.review.pages.claim_facts import name_of

CHANGE = "subsidies.change_difference"
REFUSALS: dict[type[Exception], str | Promise] = {
    NotOpen: gettext_lazy("差异已不在可办理的状态。"),
    SamePerson: gettext_lazy("提出处理的人不能自己核准，须由另一位财务人员核准。"),
    DoesNotFit: gettext_lazy("这样入账不符合付款现在的状态：退回只适用于已付的，补记已付只适用于失败的。"),
}
SHOWN = 5  # of several, so many are told one by one


class ResolutionForm(RequiredNoteForm):
    """What it was, and what is booked."""

    resolution = forms.ChoiceField(
        label=gettext_lazy("处理"),
        choices=[("", gettext_lazy("请选择")), *Difference.Resolution.choices],
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("resolution", "note")


@dataclass(frozen=True, slots=True)
class DifferenceVerb:
    """Like a batch's verb. `needs`: the state of what it is about, `run` gets the chosen ones."""

    title: str | Promise
    effect: str | Promise
    needs: tuple[str, ...]
    run: Callable[[QuerySet[Difference], dict[str, Any], User, datetime], int]
    form: type[forms.Form] = NoteForm


def _take(chosen: QuerySet[Difference], told: dict[str, Any], by: User, now: datetime) -> int:
    return take_over(differences=chosen, by=by, now=now)


def _propose(chosen: QuerySet[Difference], told: dict[str, Any], by: User, now: datetime) -> int:
    finding = Finding(Difference.Resolution(told["resolution"]), told["note"])
    return propose_resolution(differences=chosen, finding=finding, by=by, now=now)


def _sign(chosen: QuerySet[Difference], told: dict[str, Any], by: User, now: datetime) -> int:
    return sign_resolution(differences=chosen, by=by, now=now)


def _decline(chosen: QuerySet[Difference], told: dict[str, Any], by: User, now: datetime) -> int:
    return decline_resolution(differences=chosen, by=by, now=now, note=told["note"])


OPEN, PROPOSED = Difference.State.OPEN, Difference.State.PROPOSED
VERBS: dict[str, DifferenceVerb] = {
    "take": DifferenceVerb(
        gettext_lazy("认领"), gettext_lazy("由您负责查明。"), (OPEN, PROPOSED), _take, forms.Form
    ),
    "propose": DifferenceVerb(
        gettext_lazy("提出处理"),
        gettext_lazy("写明查得的情况和处理办法，须由另一位财务人员核准后生效。"),
        (OPEN,),
        _propose,
        ResolutionForm,
    ),
    "sign": DifferenceVerb(
        gettext_lazy("核准处理"),
        gettext_lazy("核准后差异了结，需要入账的随即入账，不能撤销。"),
        (PROPOSED,),
        _sign,
        forms.Form,
    ),
    "decline": DifferenceVerb(
        gettext_lazy("退回处理"), gettext_lazy("退回后仍为待处理。"), (PROPOSED,), _decline, RequiredNoteForm
    ),
}
LEFT: dict[str, str | Promise] = {
    "state": gettext_lazy("差异的状态不能这样办理"),
    "yours": gettext_lazy("由您提出，须由他人核准"),
}


def with_obstacle(slug: str, chosen: QuerySet[Difference], *, by: User) -> Any:
    """The differences, each with why it would be left alone (`why`, empty: it would not)."""
    whens = [When(~Q(state__in=VERBS[slug].needs), then=Value("state"))]
    if slug == "sign":
        whens.append(When(proposed_by=by, then=Value("yours")))
    return chosen.annotate(why=Case(*whens, default=Value(""), output_field=CharField()))


def question(slug: str, chosen: QuerySet[Difference], request: HttpRequest, *, back: str = "") -> Question:
    """What is asked before these are taken over, proposed, signed or sent back."""
    verb, by = VERBS[slug], person(request)
    those = Difference.objects.filter(pk__in=chosen.order_by().values("pk"))
    judged = with_obstacle(slug, those, by=by)
    counted = dict(judged.order_by().values_list("why").annotate(Count("pk")))
    number = counted.pop("", 0)
    ready = judged.filter(why="").select_related("line", "proposed_by").order_by("pk")
    facts: list[tuple[str, object]] = [(_("将办理"), _("%s 项差异") % number)]
    for each in ready[:SHOWN]:
        facts += difference_facts(each)
    facts += [(_("不办理：%s") % LEFT[why], _("%s 项差异") % n) for why, n in sorted(counted.items())]
    seen = "/".join(f"{each.pk}{each.state}{each.ours}{each.theirs}{each.note}" for each in ready)
    form = bound_to_what_was_seen(verb.form, seen)

    def do(told: dict[str, Any]) -> str:
        done = verb.run(Difference.objects.filter(pk__in=ready.values("pk")), told, by, timezone.now())
        return _("%(title)s：%(count)s 项差异。") % {"title": verb.title, "count": done}

    effect = Effect(str(verb.effect), facts, possible=number > 0)
    return Question(verb.title, effect, do, form, REFUSALS, back)


def difference_facts(each: Difference) -> list[tuple[str, object]]:
    """What differs, and what was said of it."""
    facts: list[tuple[str, object]] = [
        (each.get_kind_display(), each.number),
        (_("本系统"), in_words(each.ours)),
        (_("对账单"), in_words(each.theirs)),
    ]
    if each.state == Difference.State.PROPOSED and each.proposed_by:
        facts += [
            (_("提出的处理"), each.get_resolution_display()),
            (_("提出人"), name_of(each.proposed_by)),
            (_("说明"), each.note),
        ]
    return facts


@require_http_methods(["GET", "POST"])
@staff_page(CHANGE)
def difference_verb(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then do it with one difference; back to its page."""
    if slug not in VERBS:
        raise Http404
    found = get_object_or_404(Difference, pk=pk)
    back = reverse("admin:subsidies_difference_change", args=[found.pk])
    those = Difference.objects.filter(pk=pk)
    return ask_first(request, question(slug, those, request, back=back)) or redirect(back)
