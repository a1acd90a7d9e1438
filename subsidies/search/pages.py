"""The one box of the staff: what it finds, in a line each. What is typed is sent in a form, never in an address."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from core.audit.record import Action, record
from core.shanghai import today
from core.staff.access import person, staff_page
from ebikes.models import FiledBike, Owner, TradeIn
from ebikes.records.models.trade_in import contacts
from ebikes.records.summaries import (
    Summary,
    SummaryList,
    address,
    bike_line,
    given,
    may_view,
    owner_line,
    trade_in_line,
)
from merchants.models import AgentPoint, Merchant
from subsidies.claims.summaries import batch_line, claim_line, claims_ready, payment_line
from subsidies.models import Claim, PayoutBatch, PayoutLine
from subsidies.search.selectors.find import KINDS, Group, find_all
from subsidies.search.selectors.search_terms import LONGEST, advice, echo, read_as

RIGHTS = tuple(
    f"{model._meta.app_label}.{verb}_{model._meta.model_name}"
    for model in KINDS
    for verb in ("view", "change")
)


def may_search(request: HttpRequest) -> bool:
    """Whether there is anything that this person may find."""
    return any(may_view(request, model) for model in KINDS)


@sensitive_post_parameters("text")
@require_http_methods(["GET", "POST"])
@staff_page(*RIGHTS)
@sensitive_variables("text", "readings")
def search(request: HttpRequest) -> HttpResponse:
    """An empty box; or, as the answer to what was sent, everything that it names and this person may see."""
    text = request.POST.get("text", "").strip()
    readings = read_as(text)
    groups = find_all(readings=readings, models=[model for model in KINDS if may_view(request, model)])
    if text:
        _note(request, [each.way for each in readings], groups)
    context = {
        **admin.site.each_context(request),
        "title": _("查找"),
        "asked": bool(text),
        "understood": _("、").join(each.title for each in readings),
        "sections": [_section(group) for group in groups],
        "typed": echo(text),
        "advice": "" if groups else advice(text),
        "longest": LONGEST,
    }
    return TemplateResponse(request, "subsidies/search/search.html", context)


def _note(request: HttpRequest, ways: list[str], groups: list[Group]) -> None:
    """Write down who looked, by which ways of naming, and how much was found: not what for."""
    found = {group.model._meta.label_lower: group.count for group in groups}
    record(Action.SEARCH, by=person(request), detail={"ways": ways, "found": found})


def _section(group: Group) -> SummaryList:
    title, rows, line = _KINDS[group.model]
    lines = [line(row) for row in rows().filter(pk__in=group.keys).order_by("-pk")]
    return SummaryList(title, lines, group.count, group.more)


def _merchant(merchant: Merchant) -> Summary:
    state = _("已开通淘汰置换") if merchant.trade_in_enabled_on else _("未开通淘汰置换")
    return Summary(merchant.name, address(merchant), state, given((merchant.uscc, merchant.subdistrict)))


def _point(point: AgentPoint) -> Summary:
    day = today()
    authorised = any(each.covers(day) for each in point.authorizations.all())
    state = _("授权有效") if authorised else _("当前无授权")
    return Summary(point.point_no, address(point), state, [str(point.merchant)])


def _payments() -> QuerySet[PayoutLine]:
    sealed = ("payee_wallet", "payee_phone", *contacts("claim__trade_in__"))
    return PayoutLine.objects.select_related("batch", "claim__trade_in").defer(*sealed)


_KINDS: dict[type[Model], tuple[str | Promise, Callable[[], QuerySet[Any]], Callable[[Any], Summary]]] = {
    Claim: (gettext_lazy("申请"), claims_ready, claim_line),
    TradeIn: (
        gettext_lazy("置换记录"),
        lambda: TradeIn.objects.select_related("merchant").without_contacts(),
        trade_in_line,
    ),
    FiledBike: (
        gettext_lazy("备案车辆"),
        lambda: FiledBike.objects.select_related("owner").defer("phone"),
        bike_line,
    ),
    Owner: (gettext_lazy("车主"), Owner.objects.all, owner_line),
    Merchant: (gettext_lazy("商户"), Merchant.objects.all, _merchant),
    AgentPoint: (
        pgettext_lazy("many", "代办点"),
        lambda: AgentPoint.objects.select_related("merchant").prefetch_related("authorizations"),
        _point,
    ),
    PayoutBatch: (
        pgettext_lazy("many", "发放批次"),
        lambda: PayoutBatch.objects.select_related("made_by"),
        batch_line,
    ),
    PayoutLine: (gettext_lazy("发放"), _payments, payment_line),
}
