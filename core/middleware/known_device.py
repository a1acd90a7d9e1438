"""A device that has just become known is given its cookie."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.accounts.devices import give_cookie


class KnownDeviceMiddleware:
    """Send the cookie with the answer to the log-in that was complete."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        give_cookie(request, response)
        return response
