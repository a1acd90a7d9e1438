"""Staff, and the owners of shops, show a second factor after the password."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.accounts.second_factor import has_shown, is_needed
from core.middleware.way_back import page_asked_for, whole_page
from core.models import User


class SecondFactorMiddleware:
    """Let nobody of whom it is asked (`settings.STAFF_TWO_FACTOR`, `OWNER_TWO_FACTOR`) do anything before it is shown.

    Whose password is due is let through to change it, by PasswordDueMiddleware, and then asked.
    """

    allowed = frozenset(
        {
            *("second-factor", "second-factor-enrol", "passkey-show", "passkey-make"),
            *("home", "logout", "admin:logout", "set_language", "healthz"),
        }
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Send to the page that asks for the code, and from there back."""
        user, match = request.user, request.resolver_match
        if not isinstance(user, User) or not is_needed(user):
            return None
        if user.must_change_password or (match is not None and match.view_name in self.allowed):
            return None
        if has_shown(request.session, user):
            return None
        return whole_page(request, redirect_to_login(page_asked_for(request), reverse("second-factor")))
