"""A request of a cell is believed for its signature, and its answer bears the register's."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from subsidies.locks.anchor import UnreadableLockAnchor
from subsidies.locks.believe import Believed, NotACell, believe
from subsidies.locks.protocol import NotThisProtocol

Judge = Callable[[Believed], dict[str, Any]]


def answered(request: HttpRequest, judge: Judge) -> HttpResponse:
    """What `judge` makes of a request. 401: who is no cell; 404: this is no register; 422: what is no request."""
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
