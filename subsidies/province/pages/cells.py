"""The cells of the province: where they report, what the staff see of them, their heads for everybody."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from core.staff.access import staff_page
from subsidies.locks.believe import Believed
from subsidies.locks.known import known_cells
from subsidies.locks.pages.answered import answered
from subsidies.locks.protocol import NotThisProtocol
from subsidies.models import CellHead, LockRegister
from subsidies.province.selectors.side_by_side import cells_side_by_side
from subsidies.province.services.take_report import NotAReport, take_report

SHOWN = 10


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """A signed report of a cell."""
    return answered(request, _taken)


def _taken(asked: Believed) -> dict[str, str]:
    try:
        return {"newest": take_report(cell=asked.cell.code, told=asked.body, now=timezone.now())}
    except NotAReport as error:
        raise NotThisProtocol(str(error)) from error


@require_GET
@staff_page("subsidies.view_ledgerentry")
def province(request: HttpRequest) -> HttpResponse:
    """The cells side by side, by what they told last."""
    context = {
        **admin.site.each_context(request),
        "title": _("各市情况"),
        "cells": cells_side_by_side(now=timezone.now()),
        "register": LockRegister.objects.first(),
    }
    return TemplateResponse(request, "subsidies/province/cells.html", context)


@require_GET
def heads(request: HttpRequest) -> HttpResponse:
    """The newest statements of every cell's books, as they were signed there."""
    cells = known_cells()
    if not cells:
        raise Http404
    shown = [
        (cell, list(CellHead.objects.filter(cell=code).order_by("-name").defer("text")[:SHOWN]))
        for code, cell in cells.items()
    ]
    return render(request, "subsidies/province/heads.html", {"cells": shown})


@require_GET
def head_file(_request: HttpRequest, cell: str, name: str) -> HttpResponse:
    """One statement, as it came."""
    head = CellHead.objects.filter(cell=cell, name=name).first()
    if head is None:
        raise Http404
    answer = HttpResponse(head.text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{cell}-{name}"'
    return answer
