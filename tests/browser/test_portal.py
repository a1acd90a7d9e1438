"""A merchant's own claims, as a list and one by one."""

import pytest
from django.db import transaction
from django.urls import reverse

from subsidies.allocation.services.allocate import allocate
from subsidies.states import ClaimState
from tests.console import put_in
from tests.factories import NOW, MerchantFactory, make_claim, make_member, make_scheme
from tests.subsidies.pages.site import checked, trade_in_of


@pytest.fixture
def shop():
    return MerchantFactory(name="杭州市拱墅区湖墅南路第一电动自行车销售有限公司")


@pytest.fixture
def claim(shop):
    """A claim with money and evidence, among others in every state."""
    scheme = make_scheme()
    claim = make_claim(scheme, trade_in=trade_in_of(shop, record_no="HZ0001"))
    checked(claim)
    allocate(scheme=scheme, now=NOW)
    for state in ClaimState:
        with transaction.atomic():
            put_in(make_claim(scheme, trade_in=trade_in_of(shop, id_no=None)), state)
    return claim


@pytest.fixture
def portal(page, enter, shop, claim):
    """The list of claims, before a clerk of the shop."""
    enter(page, make_member(shop))
    page.goto(reverse("portal-claims"))
    return page


def test_the_list_is_for_everybody_whatever_state_a_claim_is_in(portal, accessible):
    assert portal.get_by_role("heading", level=2).inner_text() == "共 20 份申请"
    accessible(portal)


def test_a_claim_is_found_and_opened_with_the_keyboard_alone(portal, accessible, tab_to):
    tab_to(portal.get_by_label("单号或号牌"))
    portal.keyboard.type("HZ0001")
    portal.keyboard.press("Enter")
    portal.get_by_role("heading", name="共 1 份申请").wait_for()
    tab_to(portal.get_by_role("link", name="HZ0001"))
    portal.keyboard.press("Enter")
    portal.get_by_role("heading", name="核验").wait_for()
    assert "HZ0001" in portal.get_by_role("heading", level=1).inner_text()
    accessible(portal)


def test_the_list_is_narrowed_by_state_with_the_keyboard_alone(portal, tab_to):
    tab_to(portal.get_by_label("状态"))
    for _ in range(list(ClaimState).index(ClaimState.REVIEW) + 1):
        portal.keyboard.press("ArrowDown")
    tab_to(portal.get_by_role("button", name="查找"))
    portal.keyboard.press("Enter")
    portal.get_by_role("heading", name="共 1 份申请").wait_for()
    assert "state=review" in portal.url


def test_a_list_with_nothing_in_it_says_what_to_do(portal, accessible):
    portal.goto(reverse("portal-claims") + "?q=nothing")
    assert "没有符合条件的申请" in portal.inner_text("main")
    accessible(portal)


@pytest.mark.parametrize("state", ["refused", "review", "paid"])
def test_a_claim_says_why_to_everybody(phone, enter, accessible, claim, shop, state):
    enter(phone, make_member(shop))
    phone.goto(reverse("portal-claims") + f"?state={state}")
    phone.get_by_role("table").get_by_role("link").click()
    phone.get_by_role("heading", name="核验").wait_for()
    accessible(phone)
