"""Notes on a case, with a scan where there is one."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from core.audit.record import Action, record
from core.bodies import takes_files
from core.privacy.notes import names_nobody
from core.privacy.scans import TYPES, BadScan, Scan, open_scan, scan_limit, take_scan
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, Question, ask_first
from subsidies.casework.pages.cases import HANDLE
from subsidies.casework.services.notes import NothingNoted, add_note
from subsidies.models import CaseNote, Claim
from subsidies.review.pages.worklists import LOOK

REFUSALS: dict[type[Exception], object] = {NothingNoted: gettext_lazy("请写明记录内容。")}


class NoteOnCaseForm(forms.Form):
    """What is to be remembered, and the paper."""

    text = forms.CharField(
        label=gettext_lazy("记录内容"),
        validators=[names_nobody],
        max_length=2000,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=gettext_lazy("加密保存，不可更改或删除；查看申请的工作人员都能看到。"),
    )
    scan = forms.FileField(
        label=gettext_lazy("扫描件"),
        required=False,
        widget=UnfoldAdminFileFieldWidget({"accept": ".pdf,image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy("PDF 或照片，可不附。退回重填时须重新选择。"),
    )

    def clean_scan(self) -> Scan | None:
        file = self.cleaned_data.get("scan")
        if not file:
            return None
        try:
            return take_scan(file, size=file.size or 0)
        except BadScan as refusal:
            raise forms.ValidationError(str(refusal)) from None


@takes_files(scan_limit)
@require_http_methods(["GET", "POST"])
@staff_page(*HANDLE)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Note something on a case; the case opens again."""
    claim = get_object_or_404(Claim.objects.select_related("trade_in"), pk=pk)
    query = request.GET.urlencode()
    back = f"{reverse('staff-case', args=[pk])}{'?' if query else ''}{query}#notes"

    def do(told: dict[str, Any]) -> str:
        add_note(claim=claim, text=told["text"], by=person(request), now=timezone.now(), scan=told["scan"])
        return _("记录已保存。")

    effect = Effect(_("记录写入案件，不可更改。"), [(_("单号"), claim.trade_in.record_no)])
    return ask_first(
        request, Question(_("添加案件记录"), effect, do, NoteOnCaseForm, REFUSALS, back)
    ) or redirect(back)


@require_GET
@staff_page(LOOK)
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan of a note, as a file; who opened it is written down."""
    found = get_object_or_404(CaseNote.objects.exclude(scan=""), pk=pk)
    try:
        content = open_scan(found.scan)
    except FileNotFoundError:
        raise Http404 from None
    record(Action.VIEW, by=person(request), of=found)
    suffix = found.scan[-4:]
    response = HttpResponse(content, content_type=TYPES[suffix])
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'attachment; filename="case-note-{found.pk}{suffix}"'
    return response
