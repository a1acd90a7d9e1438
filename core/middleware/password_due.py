"""A password that somebody else set is changed first."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


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
