"""Whoever left the desk is logged out, and whoever sat there all day."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.accounts.session_store import SEEN as SEEN_AT
from core.accounts.sessions import is_over, seconds_of
from core.accounts.typed import Typed, forget, is_resumed, keep, typed_in
from core.middleware.way_back import page_asked_for, whole_page
from core.models import User

STEP = 5  # seconds between two writings of it: a page with many requests writes its session once


class IdleMiddleware:
    """End a session in which nobody asked for anything so long, or which lasted so long (`core.accounts.sessions`), and
    say so at the log-in page.

    What a page asks by itself is nobody asking. It is known by `?poll` in its address, or, sent by htmx, by an
    `HX-Trigger` (the id of the element that asks) which begins with `poll`. It ends an idle session like any other.
    The time is written down at most every `STEP` seconds; so many too early may a session end.
    A form that is sent too late is read first, and proved to come from our own page: what was typed is kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        moment = timezone.now()
        now, user = moment.timestamp(), request.user
        if isinstance(user, User) and (why := _ended(request, user, moment)):
            if request.method != "POST":
                return _log_in_again(request, why)
            request.ended = why  # type: ignore[attr-defined]
            response = self.get_response(request)
            if request.user.is_authenticated:  # refused before any page was come to
                logout(request)
            return response
        response = self.get_response(request)
        if request.user.is_authenticated and not is_poll(request) and not _just_seen(request, now):
            request.session[SEEN_AT] = now
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Of a form that came too late, keep what was typed; one that came back is not kept any more."""
        why, user, now = getattr(request, "ended", ""), request.user, timezone.now()
        if why and isinstance(user, User):
            return _log_in_again(request, why, typed_in(request, user, now=now))
        if isinstance(user, User) and is_resumed(request):
            forget(request.session)
        return None


def _ended(request: HttpRequest, user: User, moment: datetime) -> str:
    """Why the session is over; empty where it is not."""
    idle, whole = seconds_of(user, request.session)
    if moment.timestamp() - request.session.get(SEEN_AT, moment.timestamp()) >= idle:
        return _idle(idle)
    return _over(whole) if is_over(request.session, user, now=moment) else ""


def _just_seen(request: HttpRequest, now: float) -> bool:
    seen = request.session.get(SEEN_AT)
    return seen is not None and 0 <= now - seen < STEP


def is_poll(request: HttpRequest) -> bool:
    """Whether the page asks by itself."""
    by_htmx = "HX-Request" in request.headers and request.headers.get("HX-Trigger", "").startswith("poll")
    return by_htmx or "poll" in request.GET


def _idle(seconds: int) -> str:
    return _("超过 %s 分钟没有操作，为保护账号已自动退出，请重新登录。") % max(1, seconds // 60)


def _over(seconds: int) -> str:
    hours = max(1, seconds // 3600)
    sentence = ngettext("登录已满 %s 小时，请重新登录。", "登录已满 %s 小时，请重新登录。", hours)
    return sentence % hours


def _log_in_again(request: HttpRequest, why: str, typed: Typed | None = None) -> HttpResponse:
    back = page_asked_for(request)
    logout(request)
    messages.warning(request, why)
    if typed:
        keep(request.session, typed)
        messages.info(request, _("您刚才填写的内容已保留，登录后可以继续。"))
        back = reverse("come-back")
    return whole_page(request, redirect_to_login(back))
