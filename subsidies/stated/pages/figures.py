"""Telling a figure from outside, and confirming what another person told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.audit.record import Action, record
from core.bodies import takes_files
from core.districts.chooser import InDistrictForm, in_district
from core.money import to_fen
from core.privacy.notes import names_nobody
from core.privacy.proofs import LIMIT_MB, ProofField
from core.shanghai import to_the_minute, today
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
)
from subsidies.models import Scheme, StatedFigure
from subsidies.reports.selectors.figures.stated import said
from subsidies.review.pages.claim_facts import name_of
from subsidies.shops.pages.authorisations import DayInput
from subsidies.stated.models import PLANS
from subsidies.stated.services.figures import (
    Decided,
    NoteMissing,
    SamePerson,
    Statement,
    decide_figure,
    tell_figure,
)

LOOK, TELL, DECIDE = (f"subsidies.{verb}_statedfigure" for verb in ("view", "add", "change"))
Subject = StatedFigure.Subject
MOST = 10**13
REFUSALS: dict[type[Exception], str | Promise] = {
    SamePerson: gettext_lazy("登记的人不能自己确认，须由另一人确认。"),
    Decided: gettext_lazy("这条数据已经确认或退回。"),
    NoteMissing: gettext_lazy("退回须写明原因。"),
}


class SchemeField(forms.ModelChoiceField):  # type: ignore[type-arg] # at run time it takes none
    """A scheme, called by its name."""


class FigureForm(InDistrictForm):
    """What the source says."""

    subject = forms.ChoiceField(
        label=gettext_lazy("指标"),
        choices=[("", gettext_lazy("请选择")), *Subject.choices],
        widget=UnfoldAdminSelectWidget,
    )
    title = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("指标选“其他”时填写，报告中按此名称列出。"),
    )
    scheme = SchemeField(
        label=gettext_lazy("补贴方案"),
        queryset=Scheme.objects.all(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("预计对象和预计金额须选择方案。"),
    )
    stage_no = forms.IntegerField(
        label=gettext_lazy("阶段"),
        required=False,
        min_value=1,
        max_value=99,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("预计数属于某一阶段的，填阶段序号。"),
    )
    value = forms.DecimalField(
        label=gettext_lazy("数值"),
        min_value=0,
        max_value=MOST,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=gettext_lazy("件数、人数填整数；金额填元。来源写“4.5 万余”的，填 45000 并选“余”。"),
    )
    exactness = forms.ChoiceField(
        label=gettext_lazy("精确程度"), choices=StatedFigure.Exactness.choices, widget=UnfoldAdminSelectWidget
    )
    as_of = forms.DateField(label=gettext_lazy("截至日期"), widget=DayInput())
    source = forms.CharField(
        label=gettext_lazy("来源"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("哪个单位、哪份文件或哪个系统的哪张表。"),
    )
    file = ProofField(
        label=gettext_lazy("来源文件"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy("PDF、图片、DOCX、XLSX 或 ZIP，不超过 5 MB。"),
    )
    note = forms.CharField(
        label=gettext_lazy("说明"),
        validators=[names_nobody],
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
    )

    def clean_as_of(self) -> Any:
        day = self.cleaned_data["as_of"]
        if day > today():
            raise forms.ValidationError(_("截至日期不能晚于今天。"))
        return day

    def clean(self) -> dict[str, Any]:
        """What belongs together; the value in pieces or fen."""
        told: dict[str, Any] = super().clean() or {}
        self._whose(told)
        if (value := told.get("value")) is not None:
            if told.get("subject") == Subject.PLAN_FEN:
                told["value"] = to_fen(value)
            elif value != value.to_integral_value():
                self.add_error("value", _("件数和人数须是整数。"))
            else:
                told["value"] = int(value)
        return told

    def _whose(self, told: Mapping[str, Any]) -> None:
        subject, scheme, stage = (told.get(name) for name in ("subject", "scheme", "stage_no"))
        if subject == Subject.OTHER and not told.get("title"):
            self.add_error("title", _("指标选“其他”的，请写明名称。"))
        if subject in PLANS and scheme is None:
            self.add_error("scheme", _("预计数请选择补贴方案。"))
        if stage and (scheme is None or not scheme.stages.filter(no=stage).exists()):
            self.add_error("stage_no", _("所选方案没有这个阶段。"))

    def statement(self) -> Statement:
        """As it is told: what does not belong to the subject is left out."""
        told = self.cleaned_data
        plan, other = told["subject"] in PLANS, told["subject"] == Subject.OTHER
        return Statement(
            **{name: told[name] for name in ("subject", "value", "as_of", "source", "exactness", "note")},
            title=told["title"] if other else "",
            scheme=told["scheme"] if plan or other else None,
            stage_no=told["stage_no"] if plan else None,
        )


@takes_files(lambda: LIMIT_MB * 2**20)
@require_http_methods(["GET", "POST"])
@staff_page(TELL)
def new(request: HttpRequest) -> HttpResponse:
    """Tell one. Nothing that was typed is lost when a field is wrong; a file is chosen again."""
    begun = {name: request.GET.get(name, "") for name in ("subject", "scheme", "stage_no")}
    sent = request.method == "POST"
    form = FigureForm(request.POST, request.FILES) if sent else FigureForm(initial=begun)
    if request.method == "POST" and form.is_valid():
        with in_district(form.cleaned_data):
            made = tell_figure(
                told=form.statement(), proof=form.cleaned_data["file"], by=person(request), now=timezone.now()
            )
        messages.success(request, _("已登记，须由另一人确认后计入报告。"))
        return redirect("admin:subsidies_statedfigure_change", made.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("登记外部数据"),
        "form": form,
        "multipart": True,
        "back": reverse("admin:subsidies_statedfigure_changelist"),
    }
    return TemplateResponse(request, "subsidies/reports/form.html", context)


@dataclass(frozen=True, slots=True)
class FigureVerb:
    """What may be done with one that waits. `own`: whether whoever told it may, too."""

    title: str | Promise
    effect: str | Promise
    done: str | Promise
    confirm: bool
    form: type[NoteForm] = NoteForm
    own: bool = False


VERBS = {
    "confirm": FigureVerb(
        gettext_lazy("确认外部数据"),
        gettext_lazy("请与来源文件核对。确认后按截至日期计入报告，不能再改；有误的另行登记。"),
        gettext_lazy("已确认，计入报告。"),
        confirm=True,
    ),
    "decline": FigureVerb(
        gettext_lazy("退回外部数据"),
        gettext_lazy("退回后不计入报告，可以另行登记。"),
        gettext_lazy("已退回。"),
        confirm=False,
        form=RequiredNoteForm,
        own=True,
    ),
}


def may_take(request: HttpRequest, verb: FigureVerb, *, mine: bool) -> bool:
    """Whoever may confirm takes any of the verbs; whoever told it may take it back."""
    return request.user.has_perm(DECIDE) or (mine and verb.own)


@require_http_methods(["GET", "POST"])
@staff_page(TELL, DECIDE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then confirm or give back."""
    if slug not in VERBS:
        raise Http404
    figures = StatedFigure.objects.select_related("told_by", "scheme").defer("proof")
    found, verb, by = get_object_or_404(figures, pk=pk), VERBS[slug], person(request)

    def do(told: dict[str, Any]) -> str:
        decide_figure(figure=found, confirm=verb.confirm, by=by, now=timezone.now(), note=told["note"])
        return str(verb.done)

    facts: list[tuple[str, object]] = [
        (_("指标"), str(found)),
        (_("数值"), said(found)),
        (_("截至日期"), found.as_of),
        (_("来源"), found.source),
        (_("补贴方案"), f"{found.scheme or '–'} {found.stage_no or ''}"),
        (_("来源文件"), found.proof_name or "–"),
        (_("登记人"), f"{name_of(found.told_by)} {to_the_minute(found.told_at)}"),
    ]
    mine, waits = found.told_by_id == by.pk, found.state == StatedFigure.State.PROPOSED
    if not may_take(request, verb, mine=mine):
        raise PermissionDenied
    possible = waits and (not mine or verb.own)
    refusal = REFUSALS[SamePerson if waits else Decided]
    effect = Effect(str(verb.effect if possible else refusal), facts, possible=possible)
    form = bound_to_what_was_seen(verb.form, f"{found.state}/{found.decided_at}")
    back = reverse("admin:subsidies_statedfigure_change", args=[found.pk])
    return ask_first(request, Question(verb.title, effect, do, form, REFUSALS, back)) or redirect(back)


@require_GET
@staff_page(LOOK)
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """The source's file; that it was taken away is written down."""
    row = get_object_or_404(StatedFigure.objects.exclude(proof_name=""), pk=pk)
    record(Action.DOWNLOAD, by=person(request), of=row)
    return row.download()
