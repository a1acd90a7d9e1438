"""Whose a case is: taken, given, handed over, given back, one or many; and how much lies on whose desk."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from core.models import User
from core.privacy.notes import names_nobody
from core.shanghai import local_day
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, Question, ask_first
from core.storable import is_key
from subsidies.casework.pages.wording import counted_in_words
from subsidies.casework.selectors.loads import loads
from subsidies.casework.selectors.queue import DECIDES, handlers, holders, may_handle
from subsidies.casework.services.assign import DayIsOver, NothingWaits, NotTheirs, assign_cases, give_back
from subsidies.models import Claim
from subsidies.review.pages.claim_facts import name_of
from subsidies.review.pages.worklists import LOOK
from subsidies.review.selectors.deadlines import deadline, unknown_ahead
from subsidies.review.selectors.narrowing import NOBODYS
from subsidies.review.selectors.open_cases import open_cases

HANDLE = tuple(f"subsidies.{right}" for right in DECIDES)
MOST = 200
REFUSALS: dict[type[Exception], object] = {
    NotTheirs: gettext_lazy("这位同事已停用或没有办理权限，请另选。"),
    NothingWaits: gettext_lazy("所选申请已不再等待人工处理，没有分派。"),
    DayIsOver: gettext_lazy("期限已过，请另选日期。"),
}


class AssignForm(forms.Form):
    """To whom, by when, and what is to be said with it."""

    holder = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("承办人"),
        widget=UnfoldAdminSelectWidget,
        empty_label=gettext_lazy("请选择"),
    )
    due_on = forms.DateField(
        label=gettext_lazy("另定期限"),
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
        help_text=gettext_lazy("不填则按方案的办理时限(工作日)计算。"),
    )
    note = forms.CharField(
        label=gettext_lazy("交代"),
        validators=[names_nobody],
        max_length=200,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=gettext_lazy("承办人看得到。请勿填写证件号码、手机号等个人信息。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["holder"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the types
        field.queryset = handlers()
        field.label_from_instance = name_of  # type: ignore[method-assign, assignment]

    def clean_due_on(self) -> date | None:
        due_on: date | None = self.cleaned_data["due_on"]
        if due_on is not None and due_on < local_day(timezone.now()):
            raise forms.ValidationError(str(REFUSALS[DayIsOver]))
        return due_on


@require_http_methods(["GET", "POST"])
@staff_page(*HANDLE)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one case to somebody, or hand it over."""
    claim = get_object_or_404(Claim.objects.select_related("trade_in"), pk=pk)
    return _assign(request, [claim], back=_way_back(request, pk)) or redirect(_way_back(request, pk))


@require_http_methods(["GET", "POST"])
@staff_page(*HANDLE)
def assign_many(request: HttpRequest) -> HttpResponse:
    """Give the cases that were ticked in a list to somebody."""
    keys = [int(each) for each in request.POST.getlist(ACTION_CHECKBOX_NAME) if is_key(each)]
    claims = list(Claim.objects.filter(pk__in=keys[:MOST]).select_related("trade_in").order_by("pk"))
    back = _list(request)
    if not claims:
        messages.warning(request, _("请先勾选要分派的申请。"))
        return redirect(back)
    return _assign(request, claims, back=back) or redirect(back)


def _assign(request: HttpRequest, claims: Sequence[Claim], *, back: str) -> HttpResponse | None:
    ids = [claim.pk for claim in claims]
    held = holders(ids)

    def do(told: dict[str, Any]) -> str:
        count = assign_cases(
            claims=ids,
            holder=told["holder"],
            by=person(request),
            now=timezone.now(),
            note=told["note"],
            due_on=told["due_on"],
        )
        return _("已分派 %(count)s 份给%(name)s。") % {"count": count, "name": name_of(told["holder"])}

    record = claims[0].trade_in.record_no if len(claims) == 1 else ""
    facts = [(_("单号"), record)] if record else [(_("份数"), f"{len(claims):,}")]
    names = dict.fromkeys(name_of(each.holder) for each in held.values())
    if names:
        facts.append((_("现承办人"), _("、").join(names)))
    facts += _terms(ids)
    title = _("移交") if len(claims) == 1 and held else _("分派")
    sentence = _("分派后进入承办人的“我的待办”；已有承办人的，从原承办人移交。")
    return ask_first(request, Question(title, Effect(sentence, facts), do, AssignForm, REFUSALS, back))


def _terms(ids: Sequence[int]) -> list[tuple[str, str]]:
    """By when the policies have them done, and from which working day that counts; of several the first that is due."""
    waiting: Any = open_cases().filter(pk__in=ids).select_related("policy")
    found = [
        deadline(since=each.since, working_days=each.policy.review_days, own_due=None) for each in waiting
    ]
    known = min((each for each in found if each.on), key=lambda each: str(each.on), default=None)
    if known is None:
        return []
    title = _("办理期限") if len(ids) == 1 else _("最早的办理期限")
    return [(title, f"{known.on} ({counted_in_words(known)})")]


@require_http_methods(["GET", "POST"])
@staff_page(*HANDLE)
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a case one's own; an address that was kept leads to the case."""
    claim, by = get_object_or_404(Claim, pk=pk), person(request)
    if request.method != "POST":
        return redirect(_way_back(request, pk))
    try:
        assign_cases(claims=[claim.pk], holder=by, by=by, now=timezone.now())
    except NothingWaits as refusal:
        messages.warning(request, str(REFUSALS[type(refusal)]))
    else:
        messages.success(request, _("已由您承办。"))
    return redirect(_way_back(request, pk))


@require_http_methods(["GET", "POST"])
@staff_page(*HANDLE)
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a case nobody's again; an address that was kept leads to the case."""
    claim = get_object_or_404(Claim, pk=pk)
    if request.method != "POST":
        return redirect(_way_back(request, pk))
    if give_back(claims=[claim.pk], by=person(request), now=timezone.now()):
        messages.success(request, _("已退回待分派。"))
    else:
        messages.warning(request, _("这份申请没有承办人。"))
    return redirect(_way_back(request, pk))


@require_GET
@staff_page(LOOK)
def load(request: HttpRequest) -> HttpResponse:
    """What lies on whose desk: open, due today, overdue, the oldest, and what was decided lately."""
    now = timezone.now()
    rows = [
        {
            "load": each,
            "name": name_of(each.person) if each.person else _("尚未分派"),
            "able": each.person is None or may_handle(each.person),
            "url": f"{reverse('staff-work')}?tab=open&holder={each.person.pk if each.person else NOBODYS}",
        }
        for each in loads(today=local_day(now), now=now)
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("各人待办"),
        "rows": rows,
        "unknown_year": unknown_ahead(local_day(now)),
    }
    return TemplateResponse(request, "subsidies/casework/load.html", context)


def _way_back(request: HttpRequest, pk: int) -> str:
    """The case, in the list in which it was opened."""
    query = request.GET.urlencode()
    return f"{reverse('staff-case', args=[pk])}?{query}" if query else reverse("staff-case", args=[pk])


def _list(request: HttpRequest) -> str:
    query = request.GET.urlencode()
    return f"{reverse('staff-work')}?{query}" if query else reverse("staff-work")
