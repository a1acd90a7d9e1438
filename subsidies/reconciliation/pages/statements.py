"""A statement as a file: uploaded, its columns told once, looked at, proposed; and taken in by another person."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from core.bodies import takes_files
from core.money import yuan
from core.shanghai import local_day, to_the_minute
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, RequiredNoteForm, ask_first
from ebikes.importing.problems import UnreadableFile
from subsidies.models import StatementFile, StatementLayout, StatementReading
from subsidies.payouts.statement import StatementLine
from subsidies.reconciliation.services.statement_files import (
    Days,
    Decided,
    OutsideDays,
    SamePerson,
    decide_file,
    keep_file,
    propose_file,
    tell_layout,
)
from subsidies.reconciliation.statement_file import (
    COLUMNS,
    LIMIT_MB,
    NEEDED,
    WORDS,
    Sheet,
    read_lines,
    read_sheet,
)
from subsidies.review.pages.claim_facts import name_of
from subsidies.shops.pages.authorisations import DayInput

ADD = "subsidies.add_statementreading"
REFUSALS: dict[type[Exception], str | Promise] = {
    SamePerson: gettext_lazy("提出对账单的人不能自己采用，须由另一位财务人员核对。"),
    Decided: gettext_lazy("这份对账单已经办理过，或读法已经改变。"),
    OutsideDays: gettext_lazy("文件中有所填日期以外的付款，或所填日期还没有过完。"),
}
ACCEPT = {"take": True, "decline": False}
FIRST_ROWS = 5


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("对账单文件(XLSX、XLS 或 CSV)"), widget=UnfoldAdminFileFieldWidget
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LIMIT_MB * 2**20:
            raise forms.ValidationError(_("文件超过 %s MB 的上限，请分成几个文件") % LIMIT_MB)
        return file


class MappingForm(forms.Form):
    """Which title means what, the unit of amounts; and once the state's column is told, what its words mean."""

    in_fen = forms.BooleanField(label=gettext_lazy("金额以分为单位"), required=False)

    def __init__(self, sheet: Sheet, known: StatementLayout | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = [title for title in sheet.titles if title]
        told = known.columns if known else {}
        for key, meaning in COLUMNS.items():
            self.fields[key] = forms.ChoiceField(
                label=str(meaning),
                required=key in NEEDED,
                choices=[("", _("请选择")), *((title, _shown(sheet, title)) for title in titles)],
                initial=told.get(key, ""),
                widget=UnfoldAdminSelectWidget,
            )
        self.order_fields([*COLUMNS, "in_fen"])
        self.fields["in_fen"].initial = bool(known and known.in_fen)
        self._sheet = sheet
        self.words = self._words(told.get("state", ""), known)

    def _words(self, before: str, known: StatementLayout | None) -> list[str]:
        """A field for every word of the state's column, as soon as that column is told."""
        title = self.data.get("state", before) if self.is_bound else before
        words = self._sheet.words(title) if title in self._sheet.titles else []
        most = 20  # more are no states
        for number, word in enumerate(words[:most]):
            self.fields[f"word_{number}"] = forms.ChoiceField(
                label=_("“%s”是") % (word or _("空白")),
                choices=[("", _("请选择")), *WORDS.items()],
                initial=(known.words if known else {}).get(word, ""),
                widget=UnfoldAdminSelectWidget,
            )
        return words[:most]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        chosen = [told[key] for key in COLUMNS if told.get(key)]
        if len(chosen) != len(set(chosen)):
            raise forms.ValidationError(_("一列只能有一个含义，请检查重复的选择。"))
        return told

    @property
    def layout(self) -> dict[str, Any]:
        """As it is kept."""
        told = self.cleaned_data
        return {
            "columns": {key: told[key] for key in COLUMNS if told.get(key)},
            "words": {word: told[f"word_{number}"] for number, word in enumerate(self.words)},
            "in_fen": told["in_fen"],
        }


class DaysForm(NoteForm):
    """Which days the file covers, both included."""

    first = forms.DateField(label=gettext_lazy("对账单自"), widget=DayInput())
    last = forms.DateField(label=gettext_lazy("至"), widget=DayInput())
    field_order = ("first", "last", "note")

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if "first" in told and "last" in told and told["last"] < told["first"]:
            raise forms.ValidationError(_("截止日期不能早于起始日期。"))
        return told


def _shown(sheet: Sheet, title: str) -> str:
    samples = _("、").join(sheet.samples(title))
    return _("%(title)s(如 %(samples)s)") % {"title": title, "samples": samples} if samples else title


@takes_files(lambda: LIMIT_MB * 2**20)
@require_http_methods(["GET", "POST"])
@staff_page(ADD)
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file; then its page."""
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        sent = form.cleaned_data["file"]
        by, now = person(request), timezone.now()
        file = keep_file(name=sent.name, content=sent.read(), by=by, now=now)
        return redirect("staff-statement-file", pk=file.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("上传对账单文件"),
        "form": form,
        "multipart": True,
    }
    return TemplateResponse(request, "subsidies/reconciliation/form.html", context)


@require_http_methods(["GET", "POST"])
@staff_page(ADD)
def statement_file(request: HttpRequest, pk: int) -> HttpResponse:
    """How a file is read: told once for its titles; then what it says, to be proposed."""
    file = get_object_or_404(StatementFile, pk=pk)
    if waiting := file.readings.exclude(state=StatementReading.State.DECLINED).first():
        return redirect("staff-statement", pk=waiting.pk)
    try:
        sheet = read_sheet(file)
    except UnreadableFile as error:
        messages.error(request, str(error))
        return redirect("staff-statement-upload")
    layout = StatementLayout.objects.filter(fingerprint=sheet.fingerprint).first()
    if layout is None or "again" in request.GET:
        return _tell(request, file, sheet, layout)
    try:
        lines = read_lines(sheet, layout)
    except UnreadableFile as error:
        messages.error(request, str(error))
        return redirect(f"{request.path}?again=1")
    return _propose(request, file, layout, lines)


def _tell(
    request: HttpRequest, file: StatementFile, sheet: Sheet, known: StatementLayout | None
) -> HttpResponse:
    form = MappingForm(sheet, known, *([request.POST] if request.method == "POST" else []))
    if form.is_valid():
        by, now = person(request), timezone.now()
        tell_layout(fingerprint=sheet.fingerprint, by=by, now=now, **form.layout)
        return redirect("staff-statement-file", pk=file.pk)
    first = _("“%s”的表头是第一次见：请说明各列的含义，以后同样表头的文件照此读取。")
    again = _("“%s”里有读不懂的内容：请检查各列和状态的含义；若是文件有误，请改正后重新上传。")
    context = {
        **admin.site.each_context(request),
        "title": _("对账单的列对应"),
        "intro": (again if known else first) % file.file_name,
        "form": form,
    }
    return TemplateResponse(request, "subsidies/reconciliation/form.html", context)


def _propose(
    request: HttpRequest, file: StatementFile, layout: StatementLayout, lines: list[StatementLine]
) -> HttpResponse:
    days = [local_day(line.paid_at) for line in lines]
    earliest, latest = (min(days), max(days)) if days else (None, None)

    class Prefilled(DaysForm):
        first = forms.DateField(label=_("对账单自"), widget=DayInput(), initial=earliest)
        last = forms.DateField(label=_("至"), widget=DayInput(), initial=latest)

    def do(told: dict[str, Any]) -> str:
        days = Days(told["first"], told["last"], told["note"])
        propose_file(file=file, layout=layout, lines=lines, days=days, by=person(request), now=timezone.now())
        return _("已提出，须由另一位财务人员核对后采用。")

    sentence = _("请核对笔数、金额和日期。另一位财务人员采用后，这些日期的对账按此进行。")
    if not lines:
        sentence = _("文件里没有付款：采用后视为这些日期没有付款。")
    effect = Effect(sentence, _read_as(file, layout, lines))
    question = Question(_("提出对账单"), effect, do, Prefilled, REFUSALS, reverse("staff-reconciliation"))
    return ask_first(request, question) or redirect("staff-reconciliation")


@require_http_methods(["GET", "POST"])
@staff_page(ADD)
def statement(request: HttpRequest, pk: int, slug: str = "take") -> HttpResponse:
    """Take in, or decline, what another person proposed."""
    if slug not in ACCEPT:
        raise Http404
    reading = get_object_or_404(StatementReading.objects.select_related("file", "layout", "read_by"), pk=pk)
    if reading.file is None or reading.layout is None:
        raise Http404
    accept, by, file, layout = ACCEPT[slug], person(request), reading.file, reading.layout
    try:
        lines = read_lines(read_sheet(file), layout)
    except UnreadableFile as error:
        messages.error(request, str(error))
        lines = []

    def do(told: dict[str, Any]) -> str:
        decide_file(reading=reading, lines=lines, accept=accept, by=by, now=timezone.now(), note=told["note"])
        return _("对账单已采用，差异已更新。") if accept else _("对账单未采用。")

    own = reading.read_by == by
    facts = [
        (_("日期"), f"{reading.first_day} – {reading.last_day}"),
        (_("提出人"), f"{name_of(reading.read_by)} {to_the_minute(reading.read_at)}"),
        *_read_as(file, layout, lines),
    ]
    possible = reading.state == StatementReading.State.PROPOSED and not own
    sentence = str(REFUSALS[SamePerson]) if own else _("采用后，退回的款项即入账，与账目不符的成为差异。")
    sentence = _decided(reading) or (sentence if accept or own else _("不采用，不影响账目。"))
    effect = Effect(sentence, facts, possible=possible)
    title = _("采用对账单") if accept else _("不采用对账单")
    back, form = reverse("staff-reconciliation"), NoteForm if accept else RequiredNoteForm
    return ask_first(request, Question(title, effect, do, form, REFUSALS, back)) or redirect(back)


def _decided(reading: StatementReading) -> str:
    """What became of it, by whom; empty while it waits."""
    if reading.decided_by is None or reading.decided_at is None:
        return ""
    who, at = name_of(reading.decided_by), to_the_minute(reading.decided_at)
    return _("%(state)s：%(who)s %(at)s") % {"state": reading.get_state_display(), "who": who, "at": at}


def _read_as(
    file: StatementFile, layout: StatementLayout, lines: list[StatementLine]
) -> list[tuple[str, object]]:
    """What both people look at: the sums, the first lines, and how the columns were read."""
    columns = {key: layout.columns[key] for key in COLUMNS if key in layout.columns}
    return [
        (_("文件"), file.file_name),
        *_sums(lines),
        *((f"{line.number[:12]}…", _told(line)) for line in lines[:FIRST_ROWS]),
        (_("读法"), _("、").join(f"{COLUMNS[key]} ← {title}" for key, title in columns.items())),
    ]


def _sums(lines: list[StatementLine]) -> list[tuple[str, object]]:
    paid = [line for line in lines if line.paid]
    back = [line for line in lines if not line.paid]
    return [
        (_("已付"), _count(paid)),
        (_("已退回"), _count(back)),
    ]


def _count(lines: list[StatementLine]) -> str:
    fen = sum(line.amount_fen for line in lines)
    return _("%(n)s 笔，%(yuan)s 元") % {"n": f"{len(lines):,}", "yuan": yuan(fen)}


def _told(line: StatementLine) -> str:
    state = WORDS["paid" if line.paid else "returned"]
    return f"{to_the_minute(line.paid_at)} {yuan(line.amount_fen)} {state}"
