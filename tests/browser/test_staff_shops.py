"""A merchant manager's morning: who lacks what, one merchant, an authorisation taken back, the report."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from merchants.models import Inspection, SamplingLot, TradeInEvent
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Hold
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    TradeInFactory,
    make_claim,
    make_scheme,
    make_staff,
)

DAY = NOW.date()


@pytest.fixture
def manager(db):
    return make_staff("merchant_manager")


@pytest.fixture
def shop():
    """With an agent point, a claim that has its money, a fault to be put right; beside a shop that has nothing."""
    point = AgentPointFactory(merchant=MerchantFactory(name="湖墅南路店", registered_on=DAY))
    scheme = make_scheme(caps=(90_000, None, None))
    make_claim(scheme, trade_in=TradeInFactory(agent_point=point))
    allocate(scheme=scheme, now=NOW)
    fault = {"modified": "fault", "rectify_by": DAY, "conclusion": "rectify"}
    Inspection.objects.create(merchant=point.merchant, inspected_on=DAY, inspectors="陈队", **fault)
    failed = {"failed": 1, "result": "failed", "report_no": "J1"}
    SamplingLot.objects.create(kind="e_bike", merchant=point.merchant, sampled_on=DAY, **failed)
    TradeInEvent.objects.create(held_on=DAY, venue_kind="campus", place="浙大城市学院").merchants.add(
        point.merchant
    )
    MerchantFactory(name="还没有开通的店", trade_in_enabled_on=None)
    return point.merchant


def in_the_dark(page):
    page.emulate_media(color_scheme="dark")
    page.reload()  # the admin's look asks once for light or dark


def test_from_the_list_to_a_merchant_and_an_authorisation_taken_back(page, enter, accessible, manager, shop):
    enter(page, manager)
    page.goto(f"{reverse('admin:merchants_merchant_changelist')}?standing=-sound")
    expect(page.get_by_text("1 次待整改")).to_be_visible()
    expect(page.get_by_text("还没有开通的店")).to_have_count(0)
    page.get_by_role("link", name="湖墅南路店").click()
    page.wait_for_url(f"**{reverse('staff-merchant', args=[shop.pk])}*")
    accessible(page)
    in_the_dark(page)
    accessible(page)
    page.get_by_role("link", name="撤回授权").click()
    expect(page.get_by_text("将立即暂缓这个代办点 1 份未发放的申请，共 300 元")).to_be_visible()
    accessible(page)
    page.get_by_label("撤回原因").fill("出借授权牌")
    page.get_by_role("button", name=re.compile("^确认")).click()
    page.wait_for_url(f"**{reverse('admin:merchants_agentpoint_change', args=[shop.agent_points.get().pk])}")
    expect(page.get_by_text("已暂缓 1 份申请")).to_be_visible()
    assert Hold.objects.get().kind == "authorization"


def test_the_report_is_for_everybody_and_its_figures_lead_to_their_rows(
    page, enter, accessible, manager, shop
):
    enter(page, manager)
    page.goto(f"{reverse('staff-report')}?first=2022-01-01&last=2022-12-31")
    accessible(page)
    in_the_dark(page)
    accessible(page)
    line = page.locator("dl.report > div").filter(has_text="开通率")
    expect(line.get_by_text("50.0%")).to_be_visible()
    line.get_by_role("link").click()
    page.wait_for_url("**/report/rows/shops-enabled/*")
    expect(page.get_by_text("湖墅南路店").first).to_be_visible()
    expect(page.get_by_text("还没有开通的店")).to_have_count(0)


def test_a_report_is_made_by_one_person_and_signed_by_another(
    phone, desktop, enter, accessible, manager, shop
):
    enter(phone, manager)
    phone.goto(reverse("staff-figure-new"))
    accessible(phone)
    phone.locator("#id_subject").select_option(label="累计发放“码牌合一”号牌(块)")
    phone.locator("#id_value").fill("45000")
    phone.locator("#id_exactness").select_option(label="余(多于此数)")
    phone.locator("#id_as_of").fill("2022-06-30")
    phone.locator("#id_source").fill("云申领月报")
    phone.get_by_role("button", name="提出").click()
    expect(phone.get_by_text("已登记，须由另一人确认后计入报告")).to_be_visible()
    enter(desktop, make_staff("reviewer"))
    desktop.goto(reverse("admin:subsidies_statedfigure_changelist"))
    desktop.get_by_role("link", name="累计发放“码牌合一”号牌(块)").click()
    desktop.get_by_role("link", name="确认外部数据").click()
    desktop.get_by_role("button", name=re.compile("^确认")).click()
    expect(desktop.get_by_text("已确认，计入报告")).to_be_visible()
    phone.goto(f"{reverse('staff-report')}?first=2022-01-01&last=2022-12-31")
    phone.get_by_role("link", name="编制报告…").click()
    phone.get_by_role("button", name=re.compile("^确认")).click()
    expect(phone.get_by_text("数字化车牌4.5万余块")).to_be_visible()
    accessible(phone)
    desktop.goto(reverse("admin:subsidies_reportissue_changelist"))
    desktop.get_by_role("link", name="2022-01").click()
    accessible(desktop)
    desktop.get_by_role("link", name="签发报告…").click()
    desktop.get_by_role("button", name=re.compile("^确认")).click()
    expect(desktop.get_by_text("已签发", exact=True).first).to_be_visible()
    with desktop.expect_download() as taken:
        desktop.get_by_role("link", name="下载正文 DOCX").click()
    assert taken.value.suggested_filename == "report-2022-01.docx"


def test_the_report_prints_without_the_sidebar(desktop, enter, manager, shop):
    enter(desktop, manager)
    desktop.goto(reverse("staff-report"))
    desktop.emulate_media(media="print")
    expect(desktop.get_by_text("电动自行车淘汰置换补贴工作报表")).to_be_visible()
    expect(desktop.locator("#nav-sidebar-inner")).not_to_be_visible()
    expect(desktop.get_by_role("button", name="显示")).not_to_be_visible()


def test_an_inspection_is_written_down_at_the_shop(phone, enter, manager, shop):
    enter(phone, manager)
    phone.goto(f"{reverse('admin:merchants_inspection_add')}?merchant={shop.pk}")
    phone.get_by_label(re.compile("^经营性改装")).select_option(label="有问题")
    with phone.expect_navigation():
        phone.get_by_role("button", name="保存", exact=True).click()
    expect(phone.get_by_text("有问题的，须写明整改期限")).to_be_visible()
