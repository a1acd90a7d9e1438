"""Everything about one merchant on one page, and its statements for the staff."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.audit.record import Action, record
from core.content_types import XLSX
from core.shanghai import month_named, today
from core.staff.access import person, staff_page
from merchants.documents.statement import Statement, StatementLine, statement_pdf, statement_xlsx
from merchants.models import AgentPoint, Merchant
from merchants.shops.standing import with_standing
from subsidies.models import Claim
from subsidies.overview.pages.figure_links import Rows
from subsidies.reports.selectors.statements import month_of, months_with_claims
from subsidies.shops.pages.shop_lists import lists_of
from subsidies.shops.selectors.claims_by_state import claims_by_state


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a merchant has, since when; or what it lacks."""

    title: str
    text: str
    good: bool


@staff_page("merchants.view_merchant")
def merchant_page(request: HttpRequest, pk: int) -> HttpResponse:
    """How a merchant stands, its people, letters, points, trainings, visits, spot checks, events and claims."""
    shop: Any = get_object_or_404(with_standing(Merchant.objects.all(), day=today()), pk=pk)
    rows = Rows(request)
    context = {
        **admin.site.each_context(request),
        "title": shop.name,
        "shop": shop,
        "marks": _marks(shop),
        "may": _rights(request),
        "points": _points(shop, rows),
        "lists": lists_of(shop, request, rows),
        **_claims(shop, rows),
    }
    return TemplateResponse(request, "subsidies/shops/merchant.html", context)


def _rights(request: HttpRequest) -> dict[str, bool]:
    may = request.user.has_perm
    return {
        "edit": may("merchants.change_merchant"),
        "invite": may("merchants.add_invitation"),
        "grant": may("merchants.add_agentauthorization"),
        "withdraw": may("merchants.change_agentauthorization"),
        "inspect": may("merchants.add_inspection"),
        "risk": may("merchants.view_inspection"),
        "ask": may("merchants.add_inspectiontask"),
    }


def _marks(shop: Any) -> list[Mark]:
    """The standing, in the order of the list's columns."""
    faults = shop.open_faults
    return [
        *(
            Mark(title, day.isoformat() if day else lacking, bool(day) and day <= today())
            for title, day, lacking in (
                (_("平台注册"), shop.registered_on, _("未注册")),
                (_("淘汰置换开通"), shop.trade_in_enabled_on, _("未开通")),
                (_("承诺书"), shop.signed_on, _("未签")),
                (_("上墙公示"), shop.posted_at, _("未上墙")),
                (_("最近培训"), shop.trained_on, _("未培训")),
                (_("最近检查"), shop.inspected_on, _("未检查")),
            )
        ),
        Mark(_("有效代办点"), str(shop.points), shop.points > 0),
        Mark(_("待整改"), _("%s 次检查") % faults if faults else _("没有"), not faults),
    ]


def _points(shop: Merchant, rows: Rows) -> list[tuple[AgentPoint, bool]] | None:
    """Each with whether it is authorised today; None for whoever may not look at them."""
    if not rows.may(AgentPoint):
        return None
    return [
        (point, any(period.covers(today()) for period in point.authorizations.all()))
        for point in shop.agent_points.prefetch_related("authorizations")
    ]


def _claims(shop: Merchant, rows: Rows) -> dict[str, Any]:
    """Counts and money for whoever keeps merchants; the way to the claims and statements for who may see claims."""
    if not (rows.may(Claim) or rows.may(AgentPoint)):
        return {}
    return {
        "claims": [
            (
                each.state.label,
                rows.figure(each.count, Claim, state__exact=each.state, merchant=shop.pk),
                rows.money(each.fen, Claim, state__exact=each.state, merchant=shop.pk),
            )
            for each in claims_by_state(Claim.objects.filter(trade_in__merchant=shop))
        ],
        "months": [
            (month, [_statement_address(shop, month, form) for form in ("pdf", "xlsx")])
            for month in (months_with_claims(shop) if rows.may(Claim) else [])
        ],
    }


def _statement_address(shop: Merchant, month: date, form: str) -> str:
    return reverse(f"staff-merchant-{form}", args=[shop.pk, f"{month:%Y-%m}"])


@staff_page("subsidies.view_claim")
def statement(request: HttpRequest, pk: int, month: str, form: str) -> HttpResponse:
    """A month's statement of a merchant, as it prints it itself; that it was taken away is written down."""
    shop = get_object_or_404(Merchant, pk=pk)
    first = month_named(month)
    if first is None:
        raise Http404
    lines: list[Any] = month_of(shop, first)
    sheet = Statement(shop.name, shop.uscc, first, tuple(StatementLine(**line) for line in lines))
    detail = {"statement": month, "form": form, "rows": len(lines)}
    record(Action.DOWNLOAD, by=person(request), of=shop, detail=detail)
    content, kind = (
        (statement_pdf(sheet), "application/pdf") if form == "pdf" else (statement_xlsx(sheet), XLSX)
    )
    name = f'attachment; filename="statement-{shop.uscc}-{month}.{form}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": name})
