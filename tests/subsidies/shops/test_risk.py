"""A merchant's risk says what was found, what is late, what is doubtful; its claims can be held."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.shanghai import local_day, today
from merchants.enforcement.orders import Orders, issue_order, propose_order
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Hold
from subsidies.review.services.holds import place_holds
from subsidies.shops.selectors.risk import risk_of
from tests.admin.district import logged_in
from tests.factories import (
    NOW,
    AgentPointFactory,
    TradeInFactory,
    answered,
    make_claim,
    make_scheme,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db
DAY = local_day(NOW)


@laid
def shop():
    """With three claims of its own; another shop has one."""
    scheme, point = make_scheme(), AgentPointFactory()
    for _n in range(3):
        make_claim(scheme, trade_in=TradeInFactory(agent_point=point))
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    return point.merchant


def claims(shop):
    return Claim.objects.filter(trade_in__merchant=shop).order_by("pk")


def doubt(shop, count):
    chosen = claims(shop)[:count]
    found = {each.pk: {"owners": 2, "claims": 2} for each in chosen}
    place_holds(kind=Hold.Kind.SHARED_PHONE, evidence=found, by=None, now=NOW)


def fault(shop, **more):
    told = {"inspected_on": DAY, "inspectors": "陈队", "rectify_by": DAY, "conclusion": "rectify"}
    return shop.inspections.create(**told, **answered(modified="fault"), **more)


@pytest.mark.parametrize(
    ("lay", "level"),
    [
        (lambda shop: None, "low"),
        (lambda shop: fault(shop, rectified_on=DAY), "low"),
        (fault, "medium"),
        (lambda shop: doubt(shop, 1), "medium"),
        (lambda shop: doubt(shop, 2), "high"),
    ],
)
def test_the_level_follows_from_what_was_found_and_is_doubtful(shop, lay, level):
    lay(shop)
    assert risk_of(shop, day=DAY).level == level


def test_a_letter_that_is_late_is_high_from_the_day_after_its_last(shop):
    orders = Orders("恢复限速", "《条例》", DAY + timedelta(days=5))
    order = propose_order(inspection=fault(shop), orders=orders, by=make_staff("merchant_manager"), now=NOW)
    issue_order(order=order, by=make_staff("reviewer"), now=NOW)
    levels = [risk_of(shop, day=DAY + timedelta(days=days)).level for days in (0, 5, 6)]
    assert levels == ["medium", "medium", "high"]


def test_the_page_tells_it_and_holds_the_claims_of_this_shop_alone(shop):
    fault(shop)
    doubt(shop, 1)
    officer = logged_in(make_staff("officer"))
    page = reverse("staff-merchant-risk", args=[shop.pk])
    html = officer.get(page).content.decode()
    assert "疑点：多名车主使用同一手机号" in html
    assert "暂缓本店的申请" in html
    manager = logged_in(make_staff("merchant_manager"))
    assert "暂缓本店的申请" not in manager.get(page).content.decode()

    ask = reverse("staff-merchant-hold", args=[shop.pk])
    assert manager.post(ask).status_code == 403
    asked = officer.get(ask).context["form"]
    answer = {"confirmed": "1", "seen": asked["seen"].value(), "reason": "shop_at_risk"}
    officer.post(ask, answer)
    held = Hold.objects.filter(kind=Hold.Kind.OBJECTION)
    assert {hold.claim_id for hold in held} == {claim.pk for claim in claims(shop)}
    assert {tuple(hold.reasons) for hold in held} == {("shop_at_risk",)}
    assert risk_of(shop, day=today()).held_by_staff == 3
