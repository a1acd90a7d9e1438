"""Paper evidence on the staff's pages: brought with its scans, confirmed by another, and looked at."""

from pathlib import PurePath
from typing import Any

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

from core.audit.record import Action, record
from core.bodies import takes_files
from core.privacy.masks import mask_id
from core.privacy.scans import TYPES, open_scan, scan_limit
from core.shanghai import in_words
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, NoteForm, Question, RequiredNoteForm, ask_first
from subsidies.actions.services.staff_actions import CHANGE, DECIDE
from subsidies.models import Claim, PaperEvidence
from subsidies.papers.pages.forms import PaperForm
from subsidies.papers.services.papers import (
    Decided,
    NotOfUse,
    OwnPaper,
    TakenMeanwhile,
    decide_paper,
    may_bring,
    propose_paper,
)
from subsidies.papers.wording import FACTS
from subsidies.review.pages.claim_facts import name_of
from subsidies.review.pages.worklists import LOOK

REFUSALS: dict[type[Exception], str | Promise] = {
    NotOfUse: gettext_lazy("这份申请现在的状态用不上这样的材料，或已有一份同类材料等待确认。"),
    OwnPaper: gettext_lazy("须由提出人以外的人确认。"),
    Decided: gettext_lazy("已有人办理，或材料已经到期。"),
    TakenMeanwhile: gettext_lazy("这辆旧车或新车已有另一份申请，不能重新核验。"),
}


@takes_files(scan_limit)
@require_http_methods(["GET", "POST"])
@staff_page(DECIDE)
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a paper with its scans; then it waits for another person."""
    claim = get_object_or_404(Claim.objects.select_related("trade_in"), pk=pk)
    back = reverse("admin:subsidies_claim_change", args=[pk])
    if not any(may_bring(claim, subject) for subject in PaperEvidence.Subject):
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
