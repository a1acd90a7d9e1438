"""An issue's documents, byte for byte as they were made with it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from core.audit.record import Action, record
from core.content_types import DOCX, XLSX
from core.staff.access import person, staff_page
from subsidies.issues.pages.making import LOOK
from subsidies.models import IssueDocument

CONTENT = {"docx": DOCX, "xlsx": XLSX}


@require_GET
@staff_page(LOOK)
def document(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The prose, or the table; that it was taken away is written down."""
    kept = get_object_or_404(IssueDocument.objects.select_related("issue"), issue=pk, file_format=form)
    record(Action.DOWNLOAD, by=person(request), of=kept.issue, detail={"form": form, "sha256": kept.sha256})
    name = f"report-{kept.issue.number}.{form}"
    headers = {"Content-Disposition": str(content_disposition_header(True, name))}
    return HttpResponse(bytes(kept.content), content_type=CONTENT[form], headers=headers)
