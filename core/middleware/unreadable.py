"""A value that does not open breaks no page: a word stands in its place, or, where something changes, a sentence says so."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.privacy.sealing import UnreadableSecret
from core.privacy.unreadable import showing

logger = logging.getLogger(__name__)


class UnreadableMiddleware:
    """Of pages that only show the values are told one by one (`core.privacy.unreadable`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with showing():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What was to be changed stays as it is, and is said."""
        if not isinstance(exception, UnreadableSecret):
            return None
        logger.error("alarm: %s was refused: %s", request.method, exception)
        lead = _("这条记录里有无法解密的内容：可能被改动过。没有作任何改动，请报告安全管理员。")
        return render(
            request, "error.html", {"title": _("无法解密"), "lead": lead}, status=HTTPStatus.CONFLICT
        )
