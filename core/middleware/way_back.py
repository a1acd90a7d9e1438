"""From a page that asks who it is, back to the one that was asked for."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def whole_page(request: HttpRequest, response: HttpResponseRedirect) -> HttpResponse:
    """The way there; htmx would otherwise put that page into the middle of the other one."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": response.url})
    return response


def page_asked_for(request: HttpRequest) -> str:
    """The page that the person looks at: of a form or a fragment, the one that it stands on."""
    if "HX-Request" in request.headers:
        there = request.headers.get("HX-Current-URL", "")
    elif request.method in ("GET", "HEAD") and request.path != reverse(settings.LOGIN_URL):
        return request.get_full_path()
    else:
        there = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure()):
        return reverse(settings.LOGIN_REDIRECT_URL)
    parts = urlsplit(there)
    return parts._replace(scheme="", netloc="").geturl()
