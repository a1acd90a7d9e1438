"""What every answer says to the browser: where code may come from, what it may use, and what it may keep."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME = (
    "default-src 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'; img-src 'self' data: blob:"
)
# The public's pages and the shops': files of our own, and nothing that stands in a page runs or styles.
STRICT = f"{_SAME}; script-src 'self'; style-src 'self'"
# The staff's theme evaluates what stands in its attributes (Alpine), and carries its colours in a <style> of the page.
# No script in a page runs there either: what somebody smuggles into a field stays text.
STAFF = f"{_SAME}; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'"
PERMISSIONS = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"
)  # a photo is taken by the phone's own camera app, to which a field for a file leads


class HeadersMiddleware:
    """Set them on every answer, also on errors. Nobody's machine keeps a page of somebody who is logged in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", STAFF if _of_staff(request) else STRICT)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.method not in _SAFE or _is_somebody(request):
            response.headers["Cache-Control"] = "no-store"
        return response


def _is_somebody(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def _of_staff(request: HttpRequest) -> bool:
    """Whether the page may stand in the theme's frame: the admin's addresses, and the imports as staff see them."""
    if request.path.startswith(reverse("admin:index")):
        return True
    return (
        request.path.startswith(reverse("imports")) and _is_somebody(request) and bool(request.user.is_staff)
    )
