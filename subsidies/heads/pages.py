"""The signed heads, which anybody may take away; for the staff, the whole proof at the press of a button."""

from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.signing import public_key, public_pem
from core.staff.access import person, staff_page
from subsidies.heads.selectors.amounts import TITLES
from subsidies.heads.selectors.published import named, published
from subsidies.heads.services.verify import begin_verification
from subsidies.heads.tasks import order_verification
from subsidies.models import Verification
from subsidies.review.pages.claim_facts import name_of

SHOWN, RUNS = 31, 10
VERIFY = "subsidies.view_verification"


@require_GET
def heads(request: HttpRequest) -> HttpResponse:
    """The newest month of statements as they were signed, the newest whole, and the public key."""
    files = published()[::-1]
    newest = files[0].read_text(encoding="utf-8") if files else ""
    shown = {"files": [path.name for path in files[:SHOWN]], "newest": newest, "count": len(files)}
    return render(request, "subsidies/heads/heads.html", {**shown, "public_key": public_key("heads")})


@require_GET
def head_file(_request: HttpRequest, name: str) -> FileResponse:
    """One statement, as it lies there."""
    if (path := named(name)) is None:
        raise Http404
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type="text/plain; charset=utf-8"
    )


@require_GET
def key_file(_request: HttpRequest) -> HttpResponse:
    """The public key for other programs."""
    answer = HttpResponse(public_pem(public_key("heads")), content_type="application/x-pem-file")
    answer["Content-Disposition"] = 'attachment; filename="heads-key.pem"'
    return answer


@require_http_methods(["GET", "POST"])
@staff_page(VERIFY)
def verifications(request: HttpRequest) -> HttpResponse:
    """What the last runs of the proof found; a new one is begun here."""
    if request.method == "POST":
        run, new = begin_verification(by=person(request), now=timezone.now())
        if new:
            order_verification(run)
        return redirect("staff-verifications")
    runs = list(Verification.objects.select_related("by")[:RUNS])
    context = {
        **admin.site.each_context(request),
        "title": _("账目和审计链核对"),
        "runs": [(run, name_of(run.by) or _("每晚自动"), _compared(run)) for run in runs],
        "running": bool(runs) and runs[0].finished_at is None,
    }
    return TemplateResponse(request, "subsidies/heads/verifications.html", context)


def _compared(run: Verification) -> str:
    """How much that run compared; empty of one that did not come to it."""
    told = (
        _("%(what)s %(count)s") % {"what": TITLES[key], "count": f"{run.compared[key]:,}"}
        for key in TITLES
        if key in run.compared
    )
    return _("，").join(told)
