"""The one box in a browser: from the home page to a record, by touch and by keyboard, without a number in any address."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import OwnerFactory, TradeInFactory, make_claim, make_scheme, make_staff

ID_NO = "33010519491231008X"


@pytest.fixture
def trade_in():
    owner = OwnerFactory(name="欧阳娜娜", id_no=ID_NO)
    claim = make_claim(make_scheme(), trade_in=TradeInFactory(owner=owner, owner_name="欧阳娜娜"))
    return claim.trade_in


def test_the_box_leads_from_the_home_page_to_the_record(page, enter, accessible, trade_in):
    enter(page, make_staff("officer"))
    page.goto(reverse("admin:index"))
    box = page.get_by_label("查找：号牌、单号、证件号码、手机号、商户等")
    if not box.is_visible():  # on a phone the sidebar is folded away, a magnifying glass stands at the top
        page.get_by_role("link", name="查找").click()
        box = page.get_by_label("号牌、单号、证件号码、手机号、整车编码、商户", exact=True)
    box.fill(f"{ID_NO[:6]} {ID_NO[6:14]} {ID_NO[14:].lower()}")
    with page.expect_navigation():
        box.press("Enter")
    assert page.url.endswith(reverse("staff-search"))
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        accessible(page)
    assert ID_NO not in page.content()
    page.get_by_role("region", name="置换记录").get_by_role("link", name=trade_in.record_no).click()
    page.wait_for_url(f"**{reverse('admin:ebikes_tradein_change', args=[trade_in.pk])}")
    accessible(page)
    page.get_by_text("显示完整信息").click()
    page.get_by_label("查看理由").fill("车主来电核对")
    page.get_by_role("button", name="显示", exact=True).click()
    page.get_by_role("heading", name="完整信息").wait_for()
    expect(page.get_by_text(ID_NO, exact=True)).to_be_visible()
    accessible(page)
    page.goto(reverse("admin:ebikes_tradein_change", args=[trade_in.pk]))
    assert ID_NO not in page.content()


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_key_leads_to_the_box(desktop, enter, trade_in, keys):
    enter(desktop, make_staff("officer"))
    desktop.goto(reverse("admin:ebikes_tradein_changelist"))
    desktop.keyboard.press(keys)
    expect(desktop.locator("#one-box")).to_be_focused()
    desktop.keyboard.type("th2022")
    box = desktop.get_by_label("查找：号牌、单号、证件号码、手机号、商户等")
    assert box.input_value() == "th2022"


def test_what_is_not_found_is_said(page, enter, accessible, trade_in):
    enter(page, make_staff("officer"))
    page.goto(reverse("staff-search"))
    page.get_by_label("号牌、单号、证件号码、手机号、整车编码、商户", exact=True).fill("杭Z·999999")
    with page.expect_navigation():
        page.get_by_role("button", name="查找", exact=True).click()
    expect(page.get_by_text("没有找到")).to_be_visible()
    accessible(page)
