"""So many log in at once that one has to wait."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.accounts.hashing import Busy


class BusyMiddleware:
    """Say so, wherever a password was to be hashed; the log-in form says it itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page instead of a fault."""
        if not isinstance(exception, Busy):
            return None
        context = {"title": _("请稍等"), "lead": _("登录的人较多，请稍等几秒，返回上一页再试一次。")}
        response = render(request, "error.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = "5"
        return response
