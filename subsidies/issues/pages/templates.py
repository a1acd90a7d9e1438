"""The template of the prose: taken, edited in Word, handed in as a new version; put in force by another person."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from core.audit.record import Action, record
from core.bodies import takes_files
from core.content_types import DOCX
from core.privacy.notes import names_nobody
from core.shanghai import to_the_minute
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
)
from subsidies.issues.prose import LIMIT, NotATemplate
from subsidies.issues.selectors.contents import content_of, in_force
from subsidies.issues.services.templates import (
    AlreadyOpen,
    Decided,
    NoteMissing,
    OwnProposal,
    decide_template,
    propose_template,
)
from subsidies.issues.words import FILTERS, Word
from subsidies.models import ReportTemplate
from subsidies.reports.pages.scope import asked
from subsidies.reports.selectors.report import report
from subsidies.review.pages.claim_facts import name_of

LOOK, PROPOSE, APPROVE = (f"subsidies.{verb}_reporttemplate" for verb in ("view", "add", "change"))
SHIPPED = 0  # the number of the one that came along
REFUSALS: dict[type[Exception], str | Promise] = {
    AlreadyOpen: gettext_lazy("已有一份新模板等待核准，先处理那一份。"),
    OwnProposal: gettext_lazy("提出的人不能自己核准，须由另一人核准。"),
    Decided: gettext_lazy("这一版已经核准或退回。"),
    NoteMissing: gettext_lazy("请写明说明。"),
}


class TemplateForm(forms.Form):
    """A Word document, and what is new about it."""

    file = forms.FileField(label=gettext_lazy("模板文件(DOCX)"), widget=UnfoldAdminFileFieldWidget)
    note = forms.CharField(
        label=gettext_lazy("改了什么"),
        validators=[names_nobody],
        max_length=500,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LIMIT:
            raise forms.ValidationError(_("文件超过 %s MB 的上限。") % (LIMIT // 2**20))
        return file


@require_GET
@staff_page(LOOK)
def templates(request: HttpRequest) -> HttpResponse:
    """The versions, the names that a template may say, and the ways of writing them."""
    sections = report(asked(request).scope)
    force = in_force()
    context = {
        **admin.site.each_context(request),
        "title": _("报告模板"),
        "versions": list(ReportTemplate.objects.select_related("proposed_by", "decided_by").defer("content")),
        "force": force,
        "may_propose": request.user.has_perm(PROPOSE),
        "verbs": VERBS if request.user.has_perm(APPROVE) else {},
        "words": [
            (told.figure.word, told.figure.title, told.text) for part in sections for told in part.figures
        ],
        "ways": [(name, _in_example(name)) for name in FILTERS if name not in ("列举", "日期", "数")],
    }
    return TemplateResponse(request, "subsidies/issues/templates.html", context)


def _in_example(name: str) -> str:
    shares = {"百分比", "整百分比"}
    word = Word(264, part=(264, 272)) if name in shares else Word(12 if name == "汉字" else 45_000)
    word = Word(253) if name == "余" else word
    return f"{word} → {FILTERS[name](word)}"


@takes_files(lambda: LIMIT)
@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def propose(request: HttpRequest) -> HttpResponse:
    """Hand in a new version: it is tried at once on the report of now."""
    form = TemplateForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid() and _proposed(request, form):
        messages.success(request, _("新模板已提出，须由另一人核准；核准之前仍按现行版本。"))
        return redirect("staff-report-templates")
    context = {
        **admin.site.each_context(request),
        "title": _("提出新模板"),
        "form": form,
        "multipart": True,
        "back": reverse("staff-report-templates"),
    }
    return TemplateResponse(request, "subsidies/reports/form.html", context)


def _proposed(request: HttpRequest, form: TemplateForm) -> bool:
    file, note = form.cleaned_data["file"], form.cleaned_data["note"]
    try:
        propose_template(
            name=str(file.name),
            content=file.read(),
            scope=asked(request).scope,
            by=person(request),
            now=timezone.now(),
            note=note,
        )
    except NotATemplate as refusal:
        unknown = _("模板里的“%s”不是可用的名称或写法，请对照名称表改正后重新上传。")
        broken = _("文件不是可用的 Word 文档(DOCX)，或双大括号没有写完整。")
        form.add_error("file", unknown % refusal.word if refusal.word else broken)
    except (AlreadyOpen, NoteMissing) as refusal:
        form.add_error(None, str(REFUSALS[type(refusal)]))
    return not form.errors


@require_GET
@staff_page(LOOK)
def template_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A version as a Word document; 0 is the one that came along."""
    kept = get_object_or_404(ReportTemplate, pk=pk) if pk != SHIPPED else None
    record(Action.DOWNLOAD, by=person(request), of=kept or ReportTemplate)
    headers = {"Content-Disposition": f'attachment; filename="template-{kept.version if kept else 0}.docx"'}
    return HttpResponse(content_of(kept), content_type=DOCX, headers=headers)


@dataclass(frozen=True, slots=True)
class TemplateVerb:
    """What may be done with a version that waits."""

    title: str | Promise
    effect: str | Promise
    done: str | Promise
    approve: bool
    form: type[NoteForm] = NoteForm


VERBS = {
    "approve": TemplateVerb(
        gettext_lazy("核准新模板"),
        gettext_lazy("核准后今后各期的正文按新模板编写，已编制的不变。"),
        gettext_lazy("新模板已核准。"),
        approve=True,
    ),
    "decline": TemplateVerb(
        gettext_lazy("退回新模板"),
        gettext_lazy("退回后仍按现行版本，可另行提出。"),
        gettext_lazy("已退回。"),
        approve=False,
        form=RequiredNoteForm,
    ),
}


@require_http_methods(["GET", "POST"])
@staff_page(APPROVE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Put another person's version in force, or give it back."""
    if slug not in VERBS:
        raise Http404
    found = get_object_or_404(ReportTemplate.objects.select_related("proposed_by"), pk=pk)
    verb, by, back = VERBS[slug], person(request), reverse("staff-report-templates")
    own, waits = verb.approve and found.proposed_by_id == by.pk, found.state == ReportTemplate.State.PROPOSED
    if own and request.method == "POST":
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        decide_template(template=found, approve=verb.approve, by=by, now=timezone.now(), note=told["note"])
        return str(verb.done)

    facts: list[tuple[str, object]] = [
        (_("版本"), found.version),
        (_("文件"), found.file_name),
        (_("文件指纹"), found.sha256),
        (_("提出人"), f"{name_of(found.proposed_by)} {to_the_minute(found.proposed_at)}"),
        (_("改了什么"), found.note),
    ]
    possible = waits and not own
    effect = Effect(
        str(verb.effect if possible else REFUSALS[OwnProposal if own else Decided]), facts, possible=possible
    )
    form = bound_to_what_was_seen(verb.form, f"{found.state}/{found.decided_at}")
    return ask_first(request, Question(verb.title, effect, do, form, REFUSALS, back)) or redirect(back)
