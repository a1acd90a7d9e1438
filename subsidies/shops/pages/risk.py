"""A merchant's risk on one page, and the hold of its claims: by one person, and whoever places it approves none of them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.money import yuan
from core.shanghai import today
from core.staff.access import staff_page
from core.staff.ask_first import ask_first
from merchants.models import AgentPoint, Merchant
from subsidies.actions.pages.questions import question
from subsidies.actions.services.staff_actions import ACTIONS, CHANGE, DECIDE
from subsidies.models import Claim, Hold
from subsidies.overview.pages.figure_links import Figure, Rows
from subsidies.shops.pages.shop_lists import supervision_of
from subsidies.shops.selectors.risk import HIGH, LOW, MEDIUM, Risk, claims_of, risk_of

LOOK = "merchants.view_inspection"
LEVELS = {HIGH: gettext_lazy("高"), MEDIUM: gettext_lazy("中"), LOW: gettext_lazy("低")}
RULE = gettext_lazy(
    "高：有逾期未改正的通知书、正在查处的案件，或疑点申请达到 5 份(2 份以上且占十分之一的也算)。"
    "中：有其他问题或疑点。低：没有。"
)


@require_GET
@staff_page(LOOK)
def risk_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What was found, what is late, what is doubtful; each figure leads to its rows."""
    shop = get_object_or_404(Merchant, pk=pk)
    rows, found = Rows(request), risk_of(shop, day=today())
    context = {
        **admin.site.each_context(request),
        "title": _("%s 的风险") % shop.name,
        "shop": shop,
        "level": LEVELS[found.level],
        "bad": found.level == HIGH,
        "rule": RULE,
        "facts": [*_of_the_shop(found), *_of_its_claims(shop, found, rows)],
        "lists": list(supervision_of(shop, rows)),
        "may_hold": ACTIONS["hold"].allowed(request.user),
        "may_list": request.user.has_perm("subsidies.add_watchentry"),
        "may_ask": rows.can("merchants.add_inspectiontask"),
    }
    return TemplateResponse(request, "subsidies/shops/risk.html", context)


def _of_the_shop(found: Risk) -> list[tuple[str, Figure, bool]]:
    """Each with whether it speaks against the merchant."""
    counts = [
        (_("检查次数"), found.visits, False),
        (_("发现问题的检查"), found.faulty, found.faulty > 0),
        (_("尚未整改"), found.open_faults, found.open_faults > 0),
        (_("抽检不合格批次"), found.failed_lots, found.failed_lots > 0),
        (_("责令改正通知书"), found.orders, False),
        (_("逾期未改正"), found.late_orders, found.late_orders > 0),
        (_("正在查处的案件"), found.open_cases, found.open_cases > 0),
        (_("已结案件"), found.closed_cases, False),
    ]
    return [
        *((title, Figure(f"{n:,}"), bad) for title, n, bad in counts),
        (_("罚没款(元)"), Figure(yuan(found.fine_fen)), found.fine_fen > 0),
    ]


def _of_its_claims(shop: Merchant, found: Risk, rows: Rows) -> list[tuple[str, Figure, bool]]:
    """For whoever may know of its claims."""
    if not (rows.may(Claim) or rows.may(AgentPoint)):
        return []
    titles: dict[str, Any] = dict(Hold.Kind.choices)
    doubts = [
        (_("疑点：%s") % titles.get(kind, kind), Figure(f"{n:,}"), True)
        for kind, n in sorted(found.doubts.items())
    ]
    return [
        (_("补贴申请"), rows.figure(found.claims, Claim, merchant=shop.pk), False),
        (_("有疑点、暂缓的申请"), Figure(f"{found.doubtful:,}"), found.doubtful > 0),
        *doubts,
        (_("工作人员暂缓"), Figure(f"{found.held_by_staff:,}"), False),
        (
            _("不予补贴"),
            rows.figure(found.refused, Claim, state__exact="refused", merchant=shop.pk),
            found.refused > 0,
        ),
        (_("追回"), Figure(f"{found.demanded:,}"), found.demanded > 0),
    ]


@require_http_methods(["GET", "POST"])
@staff_page(DECIDE, CHANGE)
def hold_claims_of(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then hold whatever of the merchant's claims can still be held back."""
    shop = get_object_or_404(Merchant, pk=pk)
    if not ACTIONS["hold"].allowed(request.user):
        raise PermissionDenied
    back = reverse("staff-merchant-risk", args=[pk])
    asked = question("hold", claims_of(shop), request, back=back, subject=shop.name)
    return ask_first(request, asked) or redirect(back)
