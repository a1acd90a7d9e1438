"""What holds for every page: its language, who asks, that whoever left the desk is logged out, what no address may hold."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.accounts.second_factor import has_shown
from core.audit.origin import answering
from core.models import User
from core.privacy.masks import looks_personal

SEEN_AT = "seen_at"


class ChosenLanguageMiddleware:
    """Activate the language of the cookie that Django's `set_language` view sets, or the project's own.

    That is Chinese; what the browser prefers is not asked.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class WhenceMiddleware:
    """What a request changes is written down as its person's, from its address (`core.audit.origin`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request):
            return self.get_response(request)


class IdleMiddleware:
    """End a session after `settings.IDLE_SECONDS` in which nobody asked for anything, and say so at the log-in page.

    What a page asks by itself is nobody asking. It is known by `?poll` in its address, or, sent by htmx, by an
    `HX-Trigger` (the id of the element that asks) which begins with `poll`. It ends an idle session like any other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now().timestamp()
        if request.user.is_authenticated and now - request.session.get(SEEN_AT, now) >= settings.IDLE_SECONDS:
            return _log_in_again(request)
        response = self.get_response(request)
        if request.user.is_authenticated and not is_poll(request):
            request.session[SEEN_AT] = now
        return response


def is_poll(request: HttpRequest) -> bool:
    """Whether the page asks by itself."""
    by_htmx = "HX-Request" in request.headers and request.headers.get("HX-Trigger", "").startswith("poll")
    return by_htmx or "poll" in request.GET


def _log_in_again(request: HttpRequest) -> HttpResponse:
    back = _page_of(request)
    logout(request)
    minutes = max(1, settings.IDLE_SECONDS // 60)
    messages.warning(request, _("超过 %s 分钟没有操作，为保护账号已自动退出，请重新登录。") % minutes)
    return _whole_page(request, redirect_to_login(back))


def _whole_page(request: HttpRequest, response: HttpResponseRedirect) -> HttpResponse:
    """The way there; htmx would otherwise put that page into the middle of the other one."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": response.url})
    return response


def _page_of(request: HttpRequest) -> str:
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


class NumbersInAddressesMiddleware:
    """Search nothing for an ID number or a phone that stands in an address of the admin, and lead away from it.

    Addresses stay in histories and logs. The staff's one box sends what is typed in a form.
    """

    searched = "q"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(reverse("admin:index")):
            return self.get_response(request)
        asked = request.GET.get(self.searched, "")
        if any("\0" in text for texts in request.GET.lists() for text in (texts[0], *texts[1])):
            raise BadRequest  # PostgreSQL knows no such character
        if not (asked and looks_personal(asked)):
            return self.get_response(request)
        messages.warning(
            request, _("这里不按证件号码和手机号查找，以免号码留在地址里；请用“查找”框。刚才的内容没有查找。")
        )
        kept = request.GET.copy()
        del kept[self.searched]
        return redirect(f"{request.path}?{kept.urlencode()}" if kept else request.path)


class PasswordDueMiddleware:
    """Let nobody do anything with a password that somebody else set, but change it."""

    allowed = frozenset({"password", "logout", "set_language", "healthz"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Send to the page where it is changed."""
        due = getattr(request.user, "must_change_password", False)
        match = request.resolver_match
        if due and match is not None and match.url_name not in self.allowed:
            return redirect("password")
        return None


class SecondFactorMiddleware:
    """Let staff do nothing before they gave a code, if `settings.STAFF_TWO_FACTOR`. Merchants' people are not asked.

    Whose password is due is let through to change it, by PasswordDueMiddleware, and then asked.
    """

    allowed = frozenset(
        {"second-factor", "second-factor-enrol", "home", "logout", "admin:logout", "set_language", "healthz"}
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Send to the page that asks for the code, and from there back."""
        user, match = request.user, request.resolver_match
        if (
            not settings.STAFF_TWO_FACTOR
            or not isinstance(user, User)
            or not (user.is_staff or user.is_superuser)
        ):
            return None
        if user.must_change_password or (match is not None and match.view_name in self.allowed):
            return None
        if has_shown(request.session, user):
            return None
        return _whole_page(request, redirect_to_login(_page_of(request), reverse("second-factor")))
