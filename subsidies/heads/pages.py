"""What anybody may see and take away: the signed heads of both chains. Read from the files, never from the database."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.signing import public_key, public_pem
from subsidies.heads.selectors.published import named, published

SHOWN = 31


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
