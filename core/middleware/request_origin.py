"""Who asks, and from where: for what the database writes down."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.audit.origin import answering


class RequestOriginMiddleware:
    """What a request changes is written down as its person's, from its address (`core.audit.origin`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request):
            return self.get_response(request)
