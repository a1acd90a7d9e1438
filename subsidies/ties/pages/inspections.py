"""The shops that are to be inspected because of doubtful claims."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.paging import CappedPaginator
from core.staff.access import staff_page
from subsidies.models import InspectionTask

LOOK = "subsidies.view_inspectiontask"
PAGE = 50


@require_GET
@staff_page(LOOK)
def inspections(request: HttpRequest) -> HttpResponse:
    """What is still to be done, the longest waiting first; each leads to a new inspection of its shop."""
    waiting = InspectionTask.objects.open().select_related("merchant", "asked_by").order_by("asked_at", "pk")
    page = CappedPaginator(waiting, PAGE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("疑点检查任务"),
        "page": page,
        "tasks": list(page),
    }
    return TemplateResponse(request, "subsidies/ties/inspections.html", context)
