"""What the inspectors have before them: visits that are asked for, begun, or due again; and any shop by its name."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import INPUT_CLASSES

from core.shanghai import today
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, RequiredNoteForm, ask_first
from merchants.models import Inspection, InspectionTask, Merchant
from merchants.supervision.inspection_tasks import AlreadyEnded, NoReason, ask_for_inspection, drop_task
from merchants.supervision.visits import begin_visit

LOOK, ASK, DROP, INSPECT = (
    "merchants.view_inspection",
    "merchants.add_inspectiontask",
    "merchants.change_inspectiontask",
    "merchants.change_inspection",
)
MOST = 50
REFUSALS: dict[type[Exception], object] = {
    NoReason: gettext_lazy("请写明原因，没有办理。"),
    AlreadyEnded: gettext_lazy("这项任务已经办结。"),
}


@require_GET
@staff_page(LOOK)
def visits(request: HttpRequest) -> HttpResponse:
    """The inspectors' list, for a phone."""
    asked = request.GET.get("q", "").strip()[:50]
    tasks = InspectionTask.objects.open().select_related("merchant", "asked_by")
    context = {
        **admin.site.each_context(request),
        "title": _("检查任务"),
        "tasks": tasks[:MOST],
        "more": max(0, tasks.count() - MOST),
        "today": today(),
        "begun": Inspection.objects.unfinished().select_related("merchant", "begun_by").order_by("pk")[:MOST],
        "due": _due_again()[:MOST],
        "q": asked,
        "shops": _shops(asked) if asked else [],
        "may": {"inspect": request.user.has_perm(INSPECT), "drop": request.user.has_perm(DROP)},
    }
    return TemplateResponse(request, "merchants/supervision/visits.html", context)


def _due_again() -> QuerySet[Inspection]:
    """Faults that nobody put right yet, by their day; those without a day come last."""
    found = Inspection.objects.to_be_put_right().exclude(conclusion="").exclude(conclusion="case")
    return found.select_related("merchant").order_by("rectify_by", "pk")


def _shops(asked: str) -> QuerySet[Merchant]:
    wanted = Q(name__icontains=asked) | Q(uscc__iexact=asked) | Q(subdistrict__icontains=asked)
    return Merchant.objects.filter(wanted).order_by("name")[:MOST]


@require_http_methods(["GET", "POST"])
@staff_page(INSPECT)
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a visit at a shop, or go on with one's own. Whoever comes by the address alone is led to the list."""
    if request.method == "GET":
        return redirect("staff-visits")
    visit = begin_visit(shop=get_object_or_404(Merchant, pk=pk), by=person(request), now=timezone.now())
    return redirect("staff-visit", visit.pk)


@require_http_methods(["GET", "POST"])
@staff_page(INSPECT)
def begin_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin to look again at the faults of an inspection."""
    if request.method == "GET":
        return redirect("staff-visits")
    found = get_object_or_404(Inspection.objects.to_be_put_right().exclude(conclusion=""), pk=pk)
    visit = begin_visit(shop=found.merchant, recheck_of=found, by=person(request), now=timezone.now())
    return redirect("staff-visit", visit.pk)


class AskForm(NoteForm):
    """Why a shop is to be visited, and by when."""

    note = forms.CharField(
        label=gettext_lazy("检查事由"),
        max_length=500,
        widget=forms.Textarea({"rows": 3, "class": " ".join(INPUT_CLASSES)}),
        help_text=gettext_lazy("检查人员会看到。请勿填写证件号码、手机号等个人信息。"),
    )
    due_on = forms.DateField(
        label=gettext_lazy("办理期限"),
        required=False,
        widget=forms.DateInput({"type": "date", "class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d"),
        help_text=gettext_lazy("留空表示不限。"),
    )

    def clean_due_on(self) -> Any:
        """Not a day that is over."""
        day = self.cleaned_data["due_on"]
        if day and day < today():
            raise forms.ValidationError(_("办理期限不能早于今天。"))
        return day


@require_http_methods(["GET", "POST"])
@staff_page(ASK)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the inspectors to visit a shop."""
    shop, back = get_object_or_404(Merchant, pk=pk), reverse("staff-merchant", args=[pk])

    def do(data: dict[str, Any]) -> str:
        ask_for_inspection(
            shop=shop, why=data["note"], due_on=data["due_on"], by=person(request), now=timezone.now()
        )
        return _("已提出检查任务。")

    effect = Effect(_("检查人员会在检查任务里看到 %s。") % shop.name)
    question = Question(_("提出检查任务：%s") % shop.name, effect, do, AskForm, REFUSALS, back)
    return ask_first(request, question) or redirect(back)


@require_http_methods(["GET", "POST"])
@staff_page(DROP)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """A visit is not needed any more."""
    task = get_object_or_404(InspectionTask.objects.select_related("merchant"), pk=pk)
    back = reverse("staff-visits")
    if task.state != InspectionTask.State.OPEN:
        messages.info(request, _("这项任务已经办结。"))
        return redirect(back)

    def do(data: dict[str, Any]) -> str:
        drop_task(task=task, by=person(request), now=timezone.now(), note=data["note"])
        return _("已撤销检查任务。")

    effect = Effect(_("不再检查：%s") % task.merchant.name, [(_("检查事由"), task.why)])
    question = Question(_("撤销检查任务"), effect, do, RequiredNoteForm, REFUSALS, back)
    return ask_first(request, question) or redirect(back)
