"""The public page: what there is, and how one's own application stands."""

import pytest
from django.urls import reverse

from subsidies.allocation.services.allocate import allocate
from tests.factories import NOW, OwnerFactory, TradeInFactory, make_claim, make_scheme


@pytest.fixture
def claim():
    """A claim that got its money, on a page with a cap, large sums and somebody who waits."""
    scheme = make_scheme(budget_fen=12_345_678_900, caps=(30_000, None, None))
    trade_in = TradeInFactory(record_no="HZ0001", owner=OwnerFactory(id_no="33010519491231002X"))
    claim = make_claim(scheme, trade_in=trade_in)
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    return claim


def test_before_any_scheme_the_page_is_for_everybody(page, accessible):
    page.goto(reverse("home"))
    assert page.get_by_role("heading", level=1).inner_text() == "补贴尚未开始"
    accessible(page)


@pytest.mark.parametrize("language", ["简体中文", "English"])
def test_the_figures_are_for_everybody_in_both_languages(page, accessible, claim, language):
    page.goto(reverse("home"))
    if language == "English":
        page.get_by_role("button", name=language).click()
        page.get_by_role("heading", name="Three stages").wait_for()
    accessible(page)


def test_the_first_press_of_the_tab_key_offers_the_way_past_the_menu(page):
    page.goto(reverse("home"))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "id_record_no"


@pytest.mark.parametrize(
    ("id_end", "answer"), [("002x", "第 1 阶段"), ("0021", "没有找到这份申请")], ids=["own", "not own"]
)
def test_ones_application_is_found_with_the_keyboard_alone(page, accessible, tab_to, claim, id_end, answer):
    page.goto(reverse("home"))
    tab_to(page.get_by_label("淘汰置换单号"))
    page.keyboard.type("HZ0001")
    tab_to(page.get_by_label("证件号码后四位"))
    page.keyboard.type(id_end)
    tab_to(page.get_by_role("button", name="查询"))
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text(answer).wait_for()
    accessible(page)


def test_what_a_number_lacks_is_said(page, accessible):
    page.goto(reverse("home"))
    page.get_by_label("淘汰置换单号").fill("TH1")
    page.get_by_label("证件号码后四位").fill("123")
    page.keyboard.press("Enter")
    page.get_by_text("请只填证件号码的后四位").wait_for()
    accessible(page)


def test_a_page_that_does_not_exist_says_so_to_everybody(page, accessible, faults):
    page.goto("/no-such-page/")
    assert "没有这一页" in page.inner_text("main")
    accessible(page)
    assert "404" in faults.pop()
