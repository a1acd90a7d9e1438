"""What no address, header or cookie may hold."""

import codecs
import logging
from collections.abc import Callable, Iterator
from itertools import chain

from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request

from core.storable import unstorable

LONGEST_PATH = 2_000  # characters

logger = logging.getLogger(__name__)


class InputMiddleware:
    """Answer 400, with a sentence, to what nothing here could mean: it is told once, before anything reads it.

    Characters that PostgreSQL does not keep; a path of thousands of characters; an encoding other than UTF-8, by which
    anything could become anything. What passes and is beyond a column all the same (a number, a day) the database
    refuses as a value: nothing was written, and that is the sender's mistake, too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            len(request.path_info) > LONGEST_PATH
            or not _is_utf8(request)
            or any(map(unstorable, _texts(request)))
        ):
            raise BadRequest
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say so of a value that no column holds. It stays out of the log."""
        if not isinstance(exception, DataError):
            return None
        match = request.resolver_match
        logger.error("a value that no column holds, sent to %s", match.view_name if match else "?")
        return bad_request(request, exception)


def _is_utf8(request: HttpRequest) -> bool:
    return request.encoding is None or codecs.lookup(request.encoding).name == "utf-8"


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    yield from chain.from_iterable((name, *values) for name, values in request.GET.lists())
    yield from request.COOKIES.values()
    yield from (value for name, value in request.META.items() if name.startswith("HTTP_"))
