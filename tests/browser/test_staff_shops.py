"""A merchant manager's morning: who lacks what, one merchant, an authorisation taken back, the report."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.shanghai import today
from merchants.models import Inspection, SamplingLot, TradeInEvent
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Hold
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    TradeInFactory,
    answered,
    make_claim,
    make_scheme,
    make_staff,
)
from tests.photos import jpeg

DAY = NOW.date()
DECODED = 30_000  # milliseconds: pictures wait for each other, in a process of their own


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
    fault = {**answered(modified="fault"), "rectify_by": DAY, "conclusion": "rectify"}
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


def test_an_inspection_is_written_down_at_the_shop_and_a_bad_line_loses_nothing(
    phone, enter, accessible, manager, shop, faults
):
    """No answer stands there before; what is answered, photographed and signed without a line goes up once there is one."""
    enter(phone, manager)
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": 30.319, "longitude": 120.1419, "accuracy": 12})
    phone.goto(reverse("staff-merchant", args=[shop.pk]))
    with phone.expect_navigation():
        phone.get_by_role("button", name="开始检查").click()
    accessible(phone)
    assert phone.locator("input:checked").count() == 0
    begun = Inspection.objects.get(conclusion="")
    answer = phone.locator("section.box").filter(has=phone.locator("[name=head]"))
    answer.first.get_by_text("未发现问题").click()
    expect(answer.first.locator(".said").first).to_have_text("已保存")

    name_two_inspectors(phone)

    phone.context.set_offline(True)
    for part in answer.all()[1:6]:
        part.get_by_text("未发现问题").click()
    modified = answer.nth(2)
    modified.get_by_text("有问题", exact=True).click()
    modified.get_by_label("情况，或未检查的原因").fill("解除限速一辆")
    modified.locator("input[type=file]").set_input_files(
        {"name": "shot.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    expect(phone.locator("#saving")).to_contain_text("已存在本机")
    faults[:] = [each for each in faults if each.startswith("JavaScript")]
    phone.context.set_offline(False)
    expect(modified.locator(".shots img")).to_be_visible(timeout=DECODED)
    expect(phone.locator("#missing li")).to_have_text(["商户还没有签字；拒签的，请写明原因。"])
    begun.refresh_from_db()
    assert (begun.modified, begun.modified_note, begun.trademark) == ("fault", "解除限速一辆", "ok")
    sign_and_conclude(phone, accessible)
    begun.refresh_from_db()
    assert (begun.signer, begun.accuracy_m, begun.conclusion) == ("王店主", 12, "rectify")


def name_two_inspectors(phone):
    people = phone.get_by_label("检查人员(两人以上，用顿号分开)")
    people.fill("陈队、王静")
    people.blur()
    expect(phone.locator("form", has=people).locator(".said")).to_have_text("已保存")


def sign_and_conclude(phone, accessible):
    phone.get_by_role("button", name="记录当前位置").click()
    expect(phone.locator("#where")).to_contain_text("30.319000, 120.141900")
    phone.get_by_label("签字人姓名").fill("王店主")
    phone.locator("canvas").scroll_into_view_if_needed()
    glass = phone.locator("canvas").bounding_box()
    phone.mouse.move(glass["x"] + 20, glass["y"] + 20)
    phone.mouse.down()
    phone.mouse.move(glass["x"] + 200, glass["y"] + 80)
    phone.mouse.up()
    phone.get_by_role("button", name="确认签字").click()
    expect(phone.locator("img.signature")).to_be_visible(timeout=DECODED)
    accessible(phone)
    phone.get_by_role("link", name="核对并结束").click()
    phone.wait_for_url("**/conclude/")
    accessible(phone)
    phone.get_by_label("结论").select_option(label="责令改正")
    phone.get_by_label("整改期限").fill(f"{today() + timedelta(days=15)}")
    phone.get_by_role("button", name=re.compile("^确认")).click()
    expect(phone.get_by_text("检查已结束。")).to_be_visible()
    accessible(phone)
