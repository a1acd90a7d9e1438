"""Where cells ask: a request is believed for its signature, and each answer bears the register's."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from subsidies.locks.anchor import UnreadableLockAnchor
from subsidies.locks.believe import Believed, NotACell, believe
from subsidies.locks.protocol import NotThisProtocol, read_asking
from subsidies.locks.selectors.held import held_by
from subsidies.locks.services.answer import answer_cell

Judge = Callable[[Believed], dict[str, Any]]


@csrf_exempt
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Questions of a cell about its claims; see `subsidies.locks.protocol`."""
    return _answered(request, _judged)


@csrf_exempt
@require_POST
def held(request: HttpRequest) -> HttpResponse:
    """What the register holds for the cell that asks, by the numbers of its records, a page at a time."""
    return _answered(request, lambda asked: held_by(asked.cell.code, after=str(asked.body.get("after", ""))))


def _judged(asked: Believed) -> dict[str, Any]:
    asking = read_asking(asked.body)
    if asking.cell != asked.cell.code:
        raise NotThisProtocol("another cell")
    return answer_cell(asking, now=timezone.now()).as_json()


def _answered(request: HttpRequest, judge: Judge) -> HttpResponse:
    try:
        asked = believe(request)
    except ImproperlyConfigured as error:
        raise Http404 from error
    except NotACell as why:
        return JsonResponse({"code": "UNAUTHORISED", "why": str(why)}, status=401)
    try:
        told, status = judge(asked), 200
    except NotThisProtocol as why:
        told, status = {"code": "UNREADABLE", "why": str(why)}, 422
    except UnreadableLockAnchor:
        told, status = {"code": "ANCHOR"}, 503
    body = json.dumps(told, ensure_ascii=False).encode()
    response = HttpResponse(body, status=status, content_type="application/json")
    for name, value in asked.signed_answer(status, body).items():
        response[name] = value
    return response
