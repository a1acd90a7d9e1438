"""A day at the counter: from the invitation to the statement, on the phone."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from ebikes.licensing.answers import Answer, Evidence, ExingRecord, PlateRecord
from ebikes.models import TradeIn, TradeInDraft, TradeInPhoto
from merchants.models import CommitmentLetter, Membership
from subsidies.allocation.services.allocate import allocate
from subsidies.intake.services.drafts import cells_of, open_draft
from subsidies.models import Claim
from tests.browser.chromium import SCREENS
from tests.browser.counting import Hands
from tests.ebikes.files import typed_at, valid_id, valid_uscc
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    MerchantFactory,
    OwnerFactory,
    invited_by_two,
    make_claim,
    make_member,
    make_scheme,
)
from tests.photos import EXECUTABLE, jpeg
from tests.subsidies.pages.site import checked, trade_in_of

PASSWORD = "Hushu-2022-summer"


@pytest.fixture
def scheme():
    return make_scheme()


@pytest.fixture
def shop(scheme):
    return AgentPointFactory(merchant=MerchantFactory(name="湖墅车行", uscc=valid_uscc())).merchant


@pytest.fixture
def owner(shop):
    return make_member(shop, "owner")


@pytest.fixture
def settled(scheme, shop):
    """A claim of the shop whose money is reserved."""
    claim = make_claim(scheme, trade_in=trade_in_of(shop, id_no=None, record_no="HZ0001"))
    checked(claim)
    allocate(scheme=scheme, now=NOW)
    claim.refresh_from_db()
    return claim


def photo(content=None, name="照片.jpg"):
    return {"name": name, "mimeType": "image/jpeg", "buffer": content or jpeg()}


def test_a_new_owner_joins_by_the_invitation_and_signs_the_letter(phone, accessible, shop):
    token = invited_by_two(shop, "owner", "王店主", now=timezone.now())
    phone.goto(reverse("invitation", args=[token]))
    accessible(phone)
    phone.get_by_label("用户名").fill("wang")
    for field in phone.locator("input[type=password]").all():
        field.fill(PASSWORD)
    phone.get_by_role("button", name="注册并登录").click()
    expect(phone.get_by_role("heading", name="湖墅车行")).to_be_visible()
    assert Membership.objects.get(user__username="wang").merchant == shop

    phone.get_by_role("link", name="去签订").click()
    phone.get_by_label("已阅读并同意").check()
    phone.get_by_label("签字人姓名").fill("王店主")
    phone.get_by_role("button", name="签订").click()
    expect(phone.get_by_text("承诺书已签订")).to_be_visible()
    phone.get_by_label("上墙照片").set_input_files(photo())
    expect(phone.get_by_text("已上墙公示")).to_be_visible()
    accessible(phone)
    assert CommitmentLetter.objects.get().posted_at


def test_before_the_sale_a_customer_is_told_what_is_to_be_had(page, enter, accessible, owner, shop):
    xiaofang = OwnerFactory(id_no=valid_id())
    bike = FiledBikeFactory(owner=xiaofang)
    enter(page, owner)
    page.goto(reverse("precheck"))
    page.get_by_label("旧车备案号牌").fill(bike.filing_plate_no)
    page.get_by_label("车主证件号码").fill(xiaofang.id_no)
    page.get_by_label("预计办完日期").fill("2022-06-10")
    page.get_by_role("button", name="查一查").click()
    expect(page.get_by_text("现在完成可得 300 元")).to_be_visible()
    expect(page.get_by_text("浙江e行在线暂时没有答复")).to_be_visible()
    accessible(page)
    assert xiaofang.id_no not in page.url


def fill(page, typed, *keys):
    for key in keys:
        field = page.locator(f"[name={key}]")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(typed[key])
        else:
            field.fill(typed[key])


def test_a_slow_answer_makes_no_second_window_of_the_first(phone, enter, owner, shop):
    """Another field was typed before the first one's answer came: the page had told of its own value as another window's."""
    enter(phone, owner)
    draft = open_draft(merchant=shop, by=owner, now=timezone.now())
    phone.goto(reverse("draft", args=[draft.pk, "sale"]))
    held = []
    phone.route("**/sale/field/", lambda route: route.continue_() if held else held.append(route))
    for label, text in (("车主姓名", "王小芳"), ("手机号", "12345")):
        phone.get_by_label(label).fill(text)
        phone.get_by_label(label).blur()
    with phone.expect_response(lambda answer: answer.request == held[0].request):
        held[0].continue_()
    expect(phone.locator("#wrong-phone")).to_contain_text("不是中国大陆的手机号码")
    with phone.expect_response("**/sale/field/"):
        phone.get_by_label("手机号").fill("13812345678")
        phone.get_by_label("手机号").blur()
    expect(phone.locator("#wrong-phone")).to_be_empty()
    assert cells_of(TradeInDraft.objects.get())["phone"] == "13812345678"


@pytest.fixture
def both_systems(monkeypatch, shop):
    """e行在线 and 云申领 know the bike of a filed owner; the plate that they know, and the owner."""
    at, bike = NOW - timedelta(days=90), FiledBikeFactory(owner=OwnerFactory(id_no=valid_id()))
    evidence, owner = Evidence("exing", "1", NOW, NOW, "1", 200, ""), bike.owner.id_no
    filing = ExingRecord(bike.filing_plate_no, owner, "已注销", at, at, shop.agent_points.get().point_no)
    plated = PlateRecord("浙A123456", "123422200000001", owner, at + timedelta(hours=2), "标准")

    def look_up_all(*, exing, yunshenling, patience):
        return (
            {plate: Answer("found", filing, evidence) for plate in exing},
            {plate: Answer("found", plated, evidence) for plate in yunshenling},
        )

    monkeypatch.setattr("subsidies.intake.services.ask_systems.look_up_all", look_up_all)
    return bike


def coded(text):
    out = io.BytesIO()
    segno.make(text).save(out, kind="png", scale=10)
    return {"name": "照片.png", "mimeType": "image/png", "buffer": out.getvalue()}


def shoot(hands, page, what, picture):
    with page.expect_navigation():
        hands.photograph(page.locator(f"#shot-{what}"), picture)
    expect(page.locator("main img")).to_have_count(len(page.locator("main img").all()))


def test_a_record_takes_seven_actions_where_the_systems_answer(phone, enter, accessible, owner, both_systems):
    """22 actions with the four photos, and 139 characters, when everything was typed."""
    enter(phone, owner)
    phone.goto(reverse("portal"))
    hands, onward = Hands(), phone.get_by_role("button", name="保存，下一步")
    hands.tap(phone.get_by_role("link", name="登记一笔淘汰置换"))
    hands.type(phone.get_by_label("备案号牌"), both_systems.filing_plate_no)
    hands.type(phone.get_by_label("证件号码"), both_systems.owner.id_no)
    expect(phone.locator("#told")).to_contain_text("注销时间")
    accessible(phone)
    shoot(hands, phone, "old_bike", photo())
    hands.tap(onward)
    shoot(hands, phone, "new_bike", coded("号牌：浙A123456"))
    expect(phone.locator("#told")).to_contain_text("123422200000001")
    shoot(hands, phone, "invoice", coded("01,32,,23332000000012345678,2999.00,20220622,,7A2E,"))
    shoot(hands, phone, "collection", photo(jpeg(colour="#ff0000")))
    hands.type(phone.get_by_label("手机号"), "13812345678")
    accessible(phone)
    hands.tap(onward)
    hands.tap(phone.get_by_role("button", name="提交", exact=True))
    expect(phone.get_by_text("已提交，正在向两个系统核验。")).to_be_visible()
    record = TradeIn.objects.get()
    assert (record.invoice_no, record.price_fen, record.photos.count()) == ("23332000000012345678", 299900, 4)
    assert (hands.actions, hands.shots) == (7, 4)
    assert hands.typed <= 40


def test_a_trade_in_is_typed_where_the_systems_are_silent(phone, login, accessible, owner, shop):
    """Today's way: all is typed, 139 characters."""
    typed = typed_at(shop.agent_points.get(), invoice_no="12345678", price_fen="2999")
    typed |= {
        key: typed[key][:16] for key in ("deregistered_at", "collected_at", "purchased_at", "plated_at")
    }
    login(phone, owner)
    hands, onward = Hands(), phone.get_by_role("button", name="保存，下一步")
    hands.tap(phone.get_by_role("link", name="登记一笔淘汰置换"))
    for key in ("filing_plate_no", "id_no"):
        hands.type(phone.locator(f"[name={key}]"), typed[key])
    expect(phone.locator("#told")).to_contain_text("暂时没有答复")
    hands.tap(onward)
    phone.get_by_label("手机号").fill("12345")
    phone.get_by_label("手机号").blur()
    expect(phone.locator("#wrong-phone")).to_contain_text("不是中国大陆的手机号码")
    for key in (
        *("owner_name", "phone", "digital_plate_no", "vehicle_code", "plated_at", "purchased_at"),
        *("price_fen", "invoice_no", "deregistered_at", "collected_at"),
    ):
        hands.type(phone.locator(f"[name={key}]"), typed[key].removeprefix("+86"))
    hands.tap(onward)
    expect(phone.get_by_role("heading", name="核对提交")).to_be_visible()
    assert typed["id_no"] not in phone.content()
    accessible(phone)
    hands.tap(phone.get_by_role("button", name="提交", exact=True))
    expect(phone.get_by_text("已提交，正在向两个系统核验。")).to_be_visible()
    accessible(phone)
    assert TradeIn.objects.get().filing_plate_no == typed["filing_plate_no"]
    assert (hands.actions, hands.typed) == (16, 139)


def test_an_executable_called_jpg_is_refused_in_words(phone, login, owner):
    login(phone, owner)
    phone.get_by_role("link", name="登记一笔淘汰置换").click()
    phone.locator("#shot-old_bike").set_input_files(photo(EXECUTABLE))
    expect(phone.get_by_text("这个文件不是照片")).to_be_visible()
    assert not TradeInPhoto.objects.exists()


def test_what_was_typed_survives_a_lost_connection(phone, login, owner, faults):
    login(phone, owner)
    phone.get_by_role("link", name="登记一笔淘汰置换").click()
    phone.get_by_label("备案号牌").fill("杭A000001")
    phone.get_by_label("备案号牌").blur()
    expect(phone.locator("#saving")).to_have_text("已保存")
    phone.context.set_offline(True)
    phone.get_by_label("证件号码").fill("330105")
    phone.get_by_label("证件号码").blur()
    expect(phone.get_by_text("连接中断")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.locator("#saving")).to_have_text("已保存")
    phone.reload()
    expect(phone.get_by_label("证件号码")).to_have_attribute("placeholder", "******(留空不改)")
    faults.clear()  # the connection was meant to fail


def test_without_javascript_the_form_works_too(browser, site, login, owner, shop):
    typed = typed_at(shop.agent_points.get())
    context = browser.new_context(
        **SCREENS["phone"], base_url=site, locale="zh-CN", java_script_enabled=False
    )
    page = context.new_page()
    login(page, owner)
    page.get_by_role("link", name="登记一笔淘汰置换").click()
    page.get_by_role("button", name="保存，下一步").click()
    expect(page.locator("#wrong-id_no")).to_contain_text("没有填写")
    fill(page, typed, "filing_plate_no", "id_no")
    page.get_by_role("button", name="保存，下一步").click()
    page.get_by_label("手机号").fill("12345")
    page.get_by_role("button", name="保存，下一步").click()
    expect(page.locator("#wrong-phone")).to_contain_text("不是中国大陆的手机号码")
    page.get_by_label("删去手机号").check()
    page.get_by_role("button", name="保存，下一步").click()
    expect(page.locator("#wrong-phone")).to_be_empty()
    context.close()


def test_a_mistake_is_corrected_and_the_record_keeps_its_time(phone, enter, accessible, owner, settled):
    enter(phone, owner)
    phone.goto(reverse("portal-claim", args=[settled.pk]))
    accessible(phone)
    phone.get_by_role("button", name="更正记录").click()
    fill(phone, {"id_no": valid_id()}, "id_no")
    phone.get_by_role("button", name="保存，下一步").click()
    phone.get_by_label("车主姓名").fill("王小方")
    fill(phone, {"digital_plate_no": "浙A999999"}, "digital_plate_no")
    phone.get_by_role("button", name="保存，下一步").click()
    expect(phone.get_by_role("heading", name="核对提交")).to_be_visible()
    wrong = phone.locator("dd .wrong").all_inner_texts()
    if wrong:
        pytest.fail(f"still wrong: {wrong}")
    phone.get_by_role("button", name="提交", exact=True).click()
    expect(phone.get_by_text("已提交")).to_be_visible()
    settled.refresh_from_db()
    new = Claim.objects.latest("pk")
    assert (settled.state, new.received_at) == ("cancelled", settled.received_at)


def test_the_payee_is_corrected_and_an_application_withdrawn(phone, enter, accessible, owner, settled):
    enter(phone, owner)
    phone.goto(reverse("portal-claim", args=[settled.pk]))
    phone.get_by_role("link", name="更正收款信息").click()
    phone.get_by_label("手机号").fill("1")
    phone.get_by_role("button", name="保存").click()
    expect(phone.get_by_text("不是中国大陆的手机号码")).to_be_visible()
    phone.get_by_label("手机号").fill("13900000001")
    phone.get_by_role("button", name="保存").click()
    expect(phone.get_by_text("收款信息已更正")).to_be_visible()

    phone.get_by_role("link", name="撤回申请").click()
    accessible(phone)
    phone.get_by_label("原因").fill("车主退车")
    phone.get_by_role("button", name="确认撤回").click()
    expect(phone.get_by_text("申请已撤回，锁定")).to_be_visible()
    settled.refresh_from_db()
    assert settled.state == "cancelled"


def test_a_months_statement_is_read_and_taken_home(page, enter, accessible, owner, settled):
    enter(page, owner)
    page.goto(reverse("statements"))
    expect(page.get_by_text("HZ0001")).to_be_visible()
    accessible(page)
    for name, start in (("PDF", b"%PDF"), ("XLSX", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert Path(download.value.path()).read_bytes().startswith(start)


def test_the_shops_page_has_its_authorisations_and_a_plaque(page, enter, accessible, owner):
    enter(page, owner)
    page.goto(reverse("duties"))
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="打印(PDF)").click()
    assert download.value.suggested_filename.startswith("plaque-")


def test_news_are_shown_until_they_were_read(phone, login, accessible, owner, settled):
    login(phone, owner)
    accessible(phone)
    expect(phone.get_by_role("link", name="HZ0001")).to_be_visible()
    phone.get_by_role("button", name="知道了").click()
    expect(phone.get_by_text("没有新变化")).to_be_visible()
    assert timezone.now() - NOW > timedelta(0)


@pytest.mark.parametrize("name", ["team", "password", "portal-claims", "imports", "precheck"])
def test_the_other_pages_are_for_everybody_too(page, enter, accessible, owner, settled, name):
    enter(page, owner)
    page.goto(reverse(name))
    accessible(page)


def test_the_payees_form_is_for_everybody_too(page, enter, accessible, owner, settled):
    enter(page, owner)
    page.goto(reverse("claim-payee", args=[settled.pk]))
    accessible(page)
