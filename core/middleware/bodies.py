"""What no request may bring along."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.bodies import AT_ALL, NoFilesHere, RefusingHandler, SealingHandler
from core.storable import unstorable

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class BodiesMiddleware:
    """Refuse a body by its length before a byte of it is read, and a file where none is expected before one is kept.

    Its place is before whatever reads the form first, which is CsrfViewMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], *_args: object
    ) -> HttpResponse | None:
        """Read the form, within its limits; say why not."""
        if request.method in _WITHOUT_BODY:
            return None
        if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            return _refused(request, HTTPStatus.LENGTH_REQUIRED, _("没有说明内容的长度，没有接收。"))
        kept = _bytes_of_files(request, view)
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + AT_ALL * kept
        if _length(request) > most:
            return _too_large(request, kept or most)
        request.upload_handlers = [SealingHandler(request, limit=kept) if kept else RefusingHandler(request)]
        return _read(request)


def _read(request: HttpRequest) -> HttpResponse | None:
    try:
        texts = [text for name, values in request.POST.lists() for text in (name, *values)]
        texts += [file.name or "" for files in request.FILES.lists() for file in files[1]]
    except NoFilesHere:
        return _refused(request, HTTPStatus.BAD_REQUEST, _("这里不接收文件；没有保存任何内容。"))
    except RequestDataTooBig:
        return _too_large(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    except (TooManyFieldsSent, TooManyFilesSent):
        return _refused(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("一次提交的内容太多，请分几次提交。"))
    except (MultiPartParserError, BadRequest, UnreadablePostError, LookupError, ValueError):
        return _refused(request, HTTPStatus.BAD_REQUEST, _("提交的内容不完整，请返回后重新提交。"))
    if any(map(unstorable, texts)):
        return _refused(
            request,
            HTTPStatus.BAD_REQUEST,
            _("内容里有不能识别的字符，请返回修改后重新提交；没有保存任何内容。"),
        )
    return None


def _bytes_of_files(request: HttpRequest, view: Callable[..., object]) -> int:
    """How much of each file is kept here: nothing of what nobody is logged in for."""
    declared = getattr(view, "takes_files", None)
    return declared() if declared and request.user.is_authenticated else 0


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _too_large(request: HttpRequest, limit: int) -> HttpResponse:
    sentence = _("提交的内容超过 %s MB，没有接收；请返回，减小后再提交。") % max(1, limit // 2**20)
    return _refused(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)


def _refused(request: HttpRequest, status: HTTPStatus, sentence: str) -> HttpResponse:
    return render(request, "error.html", {"title": _("没有提交成功"), "lead": sentence}, status=status)
