"""The life of a scheme: where it stands, what two people made of it so far, what is open, and where it can go from here."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.money import yuan
from core.staff.access import person, staff_page
from subsidies.models import Claim, PayoutBatch, PayoutLine, Scheme
from subsidies.overview.pages.figure_links import Figure, Rows
from subsidies.schemes.pages.proposals import PROPOSE, page, page_of
from subsidies.schemes.selectors.open_points import MATTERS, OpenPoint, open_points
from subsidies.schemes.states import SchemeState, steps_from
from subsidies.states import OPEN, RESERVED

LOOK, DECIDE = "subsidies.view_schemechange", "subsidies.decide_schemechange"

MEANS: dict[SchemeState, str | Promise] = {
    SchemeState.DRAFT: gettext_lazy("一人拟定，首项变更经另一人批准后开放"),
    SchemeState.OPEN: gettext_lazy("受理申请，分配补贴"),
    SchemeState.SUSPENDED: gettext_lazy("不收新申请，不分配；核验和发放照常"),
    SchemeState.CLOSED: gettext_lazy("期满结束；已锁定的照常发放，余款可调减"),
    SchemeState.ARCHIVED: gettext_lazy("事项全部了结，只供查阅和报表"),
}

# Where each stands in the picture.
PLACES = {
    SchemeState.DRAFT: "10 2",
    SchemeState.OPEN: "10 100",
    SchemeState.SUSPENDED: "220 100",
    SchemeState.CLOSED: "10 190",
    SchemeState.ARCHIVED: "10 284",
}


@require_GET
@staff_page(LOOK)
def life(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture of the states, the checklist, and every step that was proposed."""
    scheme = get_object_or_404(Scheme, pk=pk)
    steps = list(scheme.steps.select_related("proposed_by", "decided_by"))
    waiting = next((each for each in steps if each.state == each.State.PROPOSED), None)
    own = waiting is not None and waiting.proposed_by_id == person(request).pk
    may_propose = waiting is None and request.user.has_perm(PROPOSE)
    context = {
        "title": _("%s · 启停") % scheme.name,
        "scheme": scheme,
        "states": [
            (state, state.label, MEANS[state], state == scheme.state, PLACES[state]) for state in SchemeState
        ],
        "points": [(point.title, _figure(scheme, point, Rows(request))) for point in open_points(scheme)],
        "steps": [(step, named(step.named, step.open_points)) for step in steps],
        "waiting": waiting,
        "may_decide": waiting is not None and not own and request.user.has_perm(DECIDE),
        "may_withdraw": own,
        "ways": [(kind, kind.label) for kind in steps_from(scheme.state)] if may_propose else [],
        "founding": scheme.changes.open().first() if scheme.state == SchemeState.DRAFT else None,
        "back": page_of(scheme),
    }
    return page(request, "subsidies/schemes/life.html", context)


def named(reasons: dict[str, str], points: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What was open, how many, and why the scheme was closed all the same."""
    counts = {point["code"]: point_told(point["count"], point["fen"]) for point in points}
    return [
        (f"{MATTERS[code][0]} {counts.get(code, '')}".strip(), told)
        for code, told in reasons.items()
        if code in MATTERS
    ]


def point_told(count: int, fen: int | None) -> str:
    return (
        f"{count:,}" if fen is None else _("%(n)s，共 %(yuan)s 元") % {"n": f"{count:,}", "yuan": yuan(fen)}
    )


def _figure(scheme: Scheme, point: OpenPoint, rows: Rows) -> Figure:
    """How many there are, and the list of them where there is one."""
    own = {"scheme__id__exact": scheme.pk}
    lists: dict[str, Figure] = {
        "claims": rows.figure(point.count, Claim, state__in=",".join(OPEN), **own),
        "reserved": rows.figure(point.count, Claim, state__in=",".join(RESERVED), **own),
        "batches": rows.figure(point.count, PayoutBatch, **own),
        "unknown": rows.figure(point.count, PayoutLine, state__exact="unknown"),
    }
    address = lists[point.code].url if point.code in lists else ""
    return Figure(point_told(point.count, point.fen), address)
