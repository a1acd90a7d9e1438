"""Paper evidence on the staff's pages: brought with its scans, confirmed by another, and looked at."""

from datetime import date, timedelta
from pathlib import PurePath
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
    UnfoldAdminDateWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from core.audit.record import Action, record
from core.bodies import takes_files
from core.privacy.masks import mask_id
from core.privacy.scans import TYPES, BadScan, Scan, open_scan, scan_limit, take_scan
from core.shanghai import in_words, today
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, RequiredNoteForm, ask_first
from ebikes.importing import fields, identity
from ebikes.importing.problems import Problem
from ebikes.records.persons import RESIDENT
from subsidies.actions.pages.payee import NumberInput
from subsidies.actions.services.staff_actions import CHANGE, DECIDE
from subsidies.engine.case import DEREGISTERED, STANDARD
from subsidies.models import Claim, PaperEvidence
from subsidies.papers.services.papers import (
    Decided,
    NotOfUse,
    OwnPaper,
    Said,
    TakenMeanwhile,
    decide_paper,
    may_bring,
    propose_paper,
)
from subsidies.papers.wording import FACTS
from subsidies.review.pages.claim_facts import name_of
from subsidies.review.pages.worklists import LOOK

MOST_SCANS = 6
LONGEST = timedelta(days=731)
S = PaperEvidence.Subject
REFUSALS: dict[type[Exception], str | Promise] = {
    NotOfUse: gettext_lazy("这份申请现在的状态用不上这样的材料，或已有一份同类材料等待确认。"),
    OwnPaper: gettext_lazy("须由提出人以外的人确认。"),
    Decided: gettext_lazy("已有人办理，或材料已经到期。"),
    TakenMeanwhile: gettext_lazy("这辆旧车或新车已有另一份申请，不能重新核验。"),
}
_MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]


class ManyFiles(UnfoldAdminFileFieldWidget):  # type: ignore[misc]
    """An input for several files, in the admin's look: its script writes the file's name beside it and nowhere else."""

    allow_multiple_selected = True


class Scans(forms.FileField):
    """Several pictures or PDFs in one field."""

    widget = ManyFiles({"multiple": True, "accept": "application/pdf,image/jpeg,image/png,image/webp"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files that were sent, each as a field of one file would take it."""
        return [super(Scans, self).clean(each, initial) for each in data or ()]


def _moment(label: Any) -> forms.DateTimeField:
    """To the second, as the record has it and the paper says it."""
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=_MOMENTS,
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local", "step": "1"}),
    )


class PaperForm(RequiredNoteForm):
    """What the paper proves, what it says of it, until when it is good, and its scans."""

    subject = forms.ChoiceField(
        label=gettext_lazy("证明什么"),
        choices=[("", gettext_lazy("请选择")), *S.choices],
        widget=UnfoldAdminSelectWidget,
    )
    title = forms.CharField(
        label=gettext_lazy("材料名称和文号"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    deregistered_at = _moment(gettext_lazy("注销时间(代替e行在线时填写)"))
    collected_at = _moment(gettext_lazy("回收时间(代替e行在线时填写)"))
    plated_at = _moment(gettext_lazy("上牌时间(代替云申领时填写)"))
    vehicle_code = forms.CharField(
        label=gettext_lazy("整车编码(代替云申领时填写)"),
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget,
    )
    other_id_no = forms.CharField(
        label=gettext_lazy("系统登记的那个人的身份证号码(家庭成员、继承、更名时填写)"),
        required=False,
        max_length=64,
        widget=NumberInput({"autocomplete": "off"}),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("有效期至"), widget=UnfoldAdminDateWidget({"type": "date"})
    )
    scans = Scans(
        label=gettext_lazy("扫描件"),
        required=False,
        help_text=gettext_lazy("PDF 或照片(JPG、PNG、WebP)，可一次选多个。退回重填时须重新选择。"),
    )
    field_order = (
        *("subject", "title", "deregistered_at", "collected_at", "plated_at", "vehicle_code"),
        *("other_id_no", "expires_on", "scans", "note"),
    )
    kept: list[Scan]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        self._facts(told)
        day: date | None = told.get("expires_on")
        if day and not today() <= day <= today() + LONGEST:
            self.add_error("expires_on", _("有效期须在今天到两年之内。"))
        if not self.errors:
            self._scanned(told["scans"])
        return told

    def _facts(self, told: dict[str, Any]) -> None:
        subject = told.get("subject")
        if subject == S.EXING:
            self._wanted(told, "deregistered_at", "collected_at")
        elif subject == S.YUNSHENLING:
            self._wanted(told, "plated_at", "vehicle_code")
            self._tidied(told, "vehicle_code", fields.vehicle_code)
        elif subject:
            self._wanted(told, "other_id_no")
            self._tidied(told, "other_id_no", lambda text: identity.id_no(RESIDENT, text))
        for name in ("deregistered_at", "collected_at", "plated_at"):
            if told.get(name) and told[name] > timezone.now():
                self.add_error(name, _("时间晚于现在。"))

    def _wanted(self, told: dict[str, Any], *names: str) -> None:
        for name in names:
            if not told.get(name) and name not in self.errors:
                self.add_error(name, _("请按材料填写。"))

    def _tidied(self, told: dict[str, Any], name: str, rule: Any) -> None:
        if told.get(name):
            try:
                told[name] = rule(told[name])
            except Problem:
                self.add_error(name, _("号码不正确，请核对后重新填写。"))

    def _scanned(self, files: list[Any]) -> None:
        """The files are judged last: what is typed wrongly costs no decoding."""
        if not 0 < len(files) <= MOST_SCANS:
            self.add_error("scans", _("请上传 1 至 %s 份扫描件。") % MOST_SCANS)
            return
        try:
            self.kept = [take_scan(file, size=file.size or 0) for file in files]
        except BadScan as bad:
            self.add_error("scans", str(bad))

    def said(self) -> Said:
        """What the paper says, of a form that is right."""
        told = self.cleaned_data
        facts: dict[str, str | None] = {}
        if told["subject"] == S.EXING:
            facts = {
                "status": DEREGISTERED,
                "deregistered_at": told["deregistered_at"].isoformat(),
                "collected_at": told["collected_at"].isoformat(),
                "agent_point_no": "",
            }
        elif told["subject"] == S.YUNSHENLING:
            facts = {
                "vehicle_code": told["vehicle_code"],
                "plated_at": told["plated_at"].isoformat(),
                "vehicle_kind": STANDARD,
            }
        other = "" if facts else told["other_id_no"]
        return Said(S(told["subject"]), told["title"], told["expires_on"], told["note"], facts, other)


@takes_files(scan_limit)
@require_http_methods(["GET", "POST"])
@staff_page(DECIDE)
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a paper with its scans; then it waits for another person."""
    claim = get_object_or_404(Claim.objects.select_related("trade_in"), pk=pk)
    back = reverse("admin:subsidies_claim_change", args=[pk])
    if not any(may_bring(claim, subject) for subject in S):
        messages.error(request, str(REFUSALS[NotOfUse]))
        return redirect(back)
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            propose_paper(
                claim=claim, said=form.said(), scans=form.kept, by=person(request), now=timezone.now()
            )
        except NotOfUse:
            messages.error(request, str(REFUSALS[NotOfUse]))
        else:
            messages.success(request, _("书面材料已提出，须由另一人确认后生效。"))
        return redirect(back)
    context = {
        **admin.site.each_context(request),
        "title": _("书面材料：%s") % claim.trade_in.record_no,
        "form": form,
        "back": back,
    }
    return TemplateResponse(request, "subsidies/papers/bring.html", context)


@require_http_methods(["GET", "POST"])
@staff_page(CHANGE, DECIDE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Confirm or decline what another person brought; the own one can only be taken back."""
    if slug not in ("confirm", "decline"):
        raise Http404
    paper = get_object_or_404(
        PaperEvidence.objects.select_related("claim__trade_in", "claim__owner", "proposed_by"), pk=pk
    )
    own, confirm = paper.proposed_by == person(request), slug == "confirm"
    if not request.user.has_perm(CHANGE) and not (own and not confirm):
        raise PermissionDenied
    if own and confirm and request.method == "POST":
        raise PermissionDenied
    back = reverse("admin:subsidies_claim_change", args=[paper.claim_id])

    def do(told: dict[str, Any]) -> str:
        note = told.get("note", "")
        decide_paper(paper=paper, confirm=confirm, by=person(request), now=timezone.now(), note=note)
        return _("书面材料已确认，申请按此重新核验。") if confirm else _("书面材料未予确认。")

    sentence = (
        _("确认后，有效期内以此材料作为核验依据，申请重新核验；确认人不能再批准这份申请。")
        if confirm
        else _("不确认时，这份材料不起作用。")
    )
    effect = Effect(
        str(REFUSALS[OwnPaper]) if own and confirm else sentence,
        paper_facts(paper),
        possible=not (own and confirm) and paper.state == PaperEvidence.State.PROPOSED,
    )
    title = _("确认书面材料") if confirm else _("不确认书面材料")
    form = NoteForm if confirm else RequiredNoteForm
    return ask_first(request, Question(title, effect, do, form, REFUSALS, back)) or redirect(back)


def paper_facts(paper: PaperEvidence) -> list[tuple[str, object]]:
    """What a paper says, masked, for whoever is to confirm it."""
    said = [(str(FACTS[name]), in_words(value)) for name, value in paper.facts.items() if value]
    if paper.other_id_no:
        said.append((_("登记人证件号码"), mask_id(paper.other_id_no)))
    return [
        (_("单号"), paper.claim.trade_in.record_no),
        (_("证明什么"), paper.get_subject_display()),
        (_("材料名称和文号"), paper.title),
        *said,
        (_("有效期至"), paper.expires_on),
        (_("扫描件"), _("%s 份，请在申请页面打开查看") % len(paper.scans)),
        (_("提出人"), name_of(paper.proposed_by)),
        (_("说明"), paper.note),
    ]


@require_GET
@staff_page(LOOK)
def scan(request: HttpRequest, pk: int, no: int) -> HttpResponse:
    """One scan, whole: a picture is shown, a PDF handed out; who opened it is written down."""
    paper = get_object_or_404(PaperEvidence, pk=pk)
    try:
        name = paper.scans[no]
        content = open_scan(name)
    except (IndexError, FileNotFoundError):
        raise Http404 from None
    record(Action.VIEW, by=person(request), of=paper)
    suffix = PurePath(name).suffix
    response = HttpResponse(content, content_type=TYPES[suffix])
    response["X-Content-Type-Options"] = "nosniff"
    if suffix == ".pdf":
        response["Content-Disposition"] = f'attachment; filename="paper-{paper.pk}-{no + 1}.pdf"'
    return response
