"""One replay: how far it is, then what it found, marked on page, print and export as not real."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from core.audit.record import Action, record
from core.content_types import XLSX
from core.staff.access import person, staff_page
from merchants.documents.sheet import sheet_xlsx
from subsidies.laboratory.pages.runs import LOOK, RUN
from subsidies.laboratory.pages.sheet import lines
from subsidies.laboratory.pages.telling import Told, told_of
from subsidies.models import LaboratoryRun
from subsidies.schemes.pages.proposals import page


@require_GET
@staff_page(LOOK)
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The replay. Its address is for whoever of the staff may look."""
    run = _run(pk)
    waits = run.is_open or _repeating(run)
    if "HX-Request" in request.headers and not waits:
        return HttpResponseClientRefresh()  # what was waited for is there
    context = {
        "title": _("推演：%s") % run.title,
        "run": run,
        "percent": round(100 * run.progress),
        "waits": waits,
        "told": _told(run),
        "may_run": request.user.has_perm(RUN),
        "now": timezone.now(),
    }
    return page(request, "subsidies/laboratory/run.html", context)


@require_GET
@staff_page(LOOK)
def run_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a workbook, whose every sheet says that it is not real; that it was taken away is written down."""
    run = _run(pk)
    told = _told(run)
    if told is None:
        return redirect("staff-laboratory-run", pk)
    record(Action.DOWNLOAD, by=person(request), of=run, detail={"report": "laboratory"})
    content = sheet_xlsx(_("推演 非真实数据"), lines(run, told))
    name = content_disposition_header(as_attachment=True, filename=_("推演-非真实数据-%s.xlsx") % run.pk)
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name or "attachment"})


def _run(pk: int) -> LaboratoryRun:
    return get_object_or_404(LaboratoryRun.objects.select_related("scheme", "asked_by"), pk=pk)


def _repeating(run: LaboratoryRun) -> bool:
    return run.repeat_asked_at is not None and run.repeated_at is None


def _told(run: LaboratoryRun) -> Told | None:
    return told_of(run) if run.state == LaboratoryRun.State.READY else None
