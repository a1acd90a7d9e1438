"""Where cells ask: a request is believed for its signature, and each answer bears the register's."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from subsidies.locks.believe import Believed
from subsidies.locks.pages.answered import answered
from subsidies.locks.protocol import NotThisProtocol, read_asking
from subsidies.locks.selectors.held import held_by
from subsidies.locks.services.answer import answer_cell


@csrf_exempt
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Questions of a cell about its claims; see `subsidies.locks.protocol`."""
    return answered(request, _judged)


@csrf_exempt
@require_POST
def held(request: HttpRequest) -> HttpResponse:
    """What the register holds for the cell that asks, by the numbers of its records, a page at a time."""
    return answered(request, lambda asked: held_by(asked.cell.code, after=str(asked.body.get("after", ""))))


def _judged(asked: Believed) -> dict[str, Any]:
    asking = read_asking(asked.body)
    if asking.cell != asked.cell.code:
        raise NotThisProtocol("another cell")
    return answer_cell(asking, now=timezone.now()).as_json()
