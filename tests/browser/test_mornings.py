"""Each role's morning on the demonstration's district: what waits, the way to it, the work, and what is refused.

Whether everybody gets a page is tried here only of the lists and records that no `test_staff_*.py` opens.
"""

import base64
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.urls import reverse
from django_otp.oath import TOTP
from playwright.sync_api import expect

from config.local.scratch import copy_database, drop_database, inside, make_database
from config.packs.logins import in_role
from core.models import User
from ebikes.models import ImportBatch, TradeIn
from merchants.models import AgentPoint, Inspection
from subsidies.models import CaseAssignment, Claim, Hold, PayoutBatch, PayoutLine, SchemeChange
from tests.browser.conftest import PASSWORD, alone
from tests.demonstration import make_demonstration
from tests.factories import give_password

HOME = reverse("admin:index")


@pytest.fixture(scope="module")
def demonstration(browser, django_db_setup, django_db_blocker, tmp_path_factory):
    """The demonstration, made once: the name of its database, and the folder with its files.

    In a thread of its own: the browser's event loop runs in this one, and asking the systems opens another.
    """
    name, folder = f"test_{os.getpid()}_demonstration", tmp_path_factory.mktemp("demonstration")

    def make():
        try:
            with inside(name), alone(folder / "uploads"):
                make_demonstration(folder / "district", settings)
        finally:
            connections.close_all()

    with django_db_blocker.unblock():
        make_database(name)
        with ThreadPoolExecutor(1) as apart:
            apart.submit(make).result()
        yield name, folder / "uploads"
        drop_database(name)


@pytest.fixture(autouse=True)
def _in_a_copy(demonstration, site, tmp_path):
    """Each morning begins in a copy of its own, which the site looks at, too."""
    original, uploads = demonstration
    name = f"{original}_copy"
    copy_database(original, name)
    shutil.copytree(uploads, tmp_path / "uploads", dirs_exist_ok=True)
    with inside(name):
        yield
    drop_database(name)


def come_in(page, username):
    """To the home page, through the log-in that stands before it."""
    user = in_role(username)
    give_password(user, PASSWORD)
    page.goto(HOME)
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    press(page, "登录")


def leave(page):
    """Out, from any page of the admin; what was open is open no more."""
    page.goto(HOME)
    if not page.get_by_role("button", name="我的账号").is_visible():
        page.get_by_role("button", name="菜单", exact=True).click()
    page.get_by_role("button", name="我的账号").click()
    press(page, "注销")
    page.goto(HOME)
    page.get_by_label("密码").wait_for()


def go(page, name):
    """Along a link, and read what opens."""
    with page.expect_navigation():
        page.get_by_role("link", name=name).first.click()


def press(page, name):
    """A button that sends something."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).first.click()


def confirm(page):
    """What a page asks once, after it said what it would do."""
    press(page, re.compile("^确认"))


def follow(page, title):
    """From the home page to the rows behind a figure; the figure."""
    page.goto(HOME)
    item = page.get_by_role("listitem").filter(has=page.get_by_text(title, exact=True))
    link = item.get_by_role("link")
    figure = int(link.inner_text())
    with page.expect_navigation():
        link.click()
    return figure


def first_row(page):
    """Of a list; its page."""
    with page.expect_navigation():
        page.locator("#result_list tbody a").first.click()


def choose_all(page, action):
    """Tick every row of a list, and choose what is to be done with them."""
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label=action)
    press(page, "执行")


def decide(page, verb, reason, note=""):
    """On the page of a case; the next one opens."""
    page.locator("summary").filter(has_text=verb).click()
    form = page.locator("details[open]")
    form.get_by_label(reason, exact=True).check()
    form.get_by_label("说明", exact=True).fill(note)
    press(page, re.compile(f"^确认：{verb}"))


def to_the_end(page):
    """The bar at the foot of a form hides a field elsewhere."""
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")


def in_words(page):
    return page.inner_text("main")


def test_an_officer_decides_three_cases(desktop):
    come_in(desktop, "officer")
    assert follow(desktop, "我的待办") == CaseAssignment.objects.open().count() == 2
    go(desktop, re.compile("从最早的一份开始"))
    desktop.get_by_text("已电话联系商户，答应两天内回复。").wait_for()
    desktop.locator("summary", has_text="添加记录").click()
    desktop.get_by_label("记录内容").fill("商户称次日到店补件")
    press(desktop, "保存记录")
    desktop.get_by_text("商户称次日到店补件").wait_for()
    waiting = follow(desktop, "待人工复核")
    go(desktop, re.compile("从最早的一份开始"))
    desktop.get_by_text(f"第 1 份，共 {waiting} 份").wait_for()
    decide(desktop, "重新询问两个系统", "主管部门已更正其记录")
    desktop.get_by_text(f"第 1 份，共 {waiting - 1} 份").wait_for()
    decide(desktop, "退回商户更正", "号牌录入有误")
    desktop.get_by_text(f"第 1 份，共 {waiting - 2} 份").wait_for()

    held = follow(desktop, "不一致和疑点，已暂缓")
    desktop.locator("summary", has_text="筛选和排序").click()
    desktop.get_by_label("疑点").select_option("mismatch")
    press(desktop, "应用")
    go(desktop, re.compile("从最早的一份开始"))
    expect(desktop.get_by_text("不一致", exact=False).first).to_be_visible()
    decide(desktop, "解除暂缓", "以主管部门记录为准，不影响补贴", note="电话核实过")
    assert follow(desktop, "不一致和疑点，已暂缓") == held - 1
    assert Claim.objects.filter(state="review").count() == waiting - 2
    leave(desktop)


def test_an_officer_confirms_a_file_after_seeing_whom_it_moves_down(phone, accessible):
    come_in(phone, "officer")
    follow(phone, "待确认的导入批次")
    go(phone, "4-纸质登记补录.csv")
    go(phone, re.compile("^打开预览"))
    queue = phone.get_by_role("region", name="对排队的影响")
    assert "份现在排得到补贴，确认后将得不到" in queue.inner_text()
    losing = Claim.objects.get(trade_in__record_no=queue.get_by_role("link").first.inner_text())
    assert losing.state == "review"
    accessible(phone)
    go(phone, "确认导入…")
    assert "将因此得不到补贴" in in_words(phone)
    assert ImportBatch.objects.get(state="preview")
    confirm(phone)
    expect(phone.get_by_text("已确认导入：3 行生效。")).to_be_visible()
    assert TradeIn.objects.filter(remark="纸质登记补录").count() == 3
    leave(phone)


def test_an_officer_finds_a_case_by_its_owner_s_number(desktop):
    record = TradeIn.objects.filter(claims__state="payout_failed").order_by("pk")[0]
    id_no = record.owner.id_no
    visited = []
    desktop.on("request", lambda request: visited.append(request.url))
    come_in(desktop, "officer")
    box = desktop.get_by_label("查找：号牌、单号、证件号码、手机号、商户等")
    box.fill(id_no)
    with desktop.expect_navigation():
        box.press("Enter")
    desktop.get_by_role("region", name="申请", exact=False).get_by_role(
        "link", name=record.record_no
    ).first.click()
    desktop.get_by_text("发放失败").first.wait_for()
    assert not [address for address in visited if id_no in address]
    assert id_no not in desktop.content()


def test_a_reviewer_follows_a_proposal_to_refuse(desktop):
    come_in(desktop, "reviewer")
    follow(desktop, "提请不予补贴或人工暂缓")
    go(desktop, re.compile("从最早的一份开始"))
    expect(desktop.get_by_text("到店核实：购车发票与店内台账不符").first).to_be_visible()
    go(desktop, re.compile("不予补贴…$"))
    assert "将释放锁定的补贴" in in_words(desktop)
    assert desktop.get_by_label("经核实，申报内容不实").is_checked()
    desktop.get_by_label("说明").fill("同意，发票不符")
    confirm(desktop)
    assert Claim.objects.filter(state="refused", refusals=["untrue_record"]).count() == 1
    leave(desktop)


def test_a_reviewer_approves_in_bulk_and_decides_on_money(desktop, accessible):
    come_in(desktop, "reviewer")
    follow(desktop, "待批准发放")
    free = Claim.objects.filter(state="settled").exclude(holds__cleared_at=None, holds__isnull=False)
    choose_all(desktop, "批准发放")
    assert f"{free.count()} 份" in in_words(desktop)
    accessible(desktop)
    approved = free.count()
    confirm(desktop)
    expect(desktop.get_by_text(f"批准发放：已办理 {approved} 份。")).to_be_visible()

    follow(desktop, "待决定的方案变更")
    (said,) = re.findall(r"离开候补，获得补贴：(\d+ 份，共 \d+00 元)", in_words(desktop))
    go(desktop, "批准")
    assert said in in_words(desktop)
    confirm(desktop)
    expect(desktop.get_by_text("资金已入账")).to_be_visible()
    leave(desktop)


def test_finance_orders_payments_which_a_colleague_releases(desktop, accessible):
    come_in(desktop, "finance")
    follow(desktop, "已批准，待制作批次")
    choose_all(desktop, "制作发放批次")
    accessible(desktop)
    confirm(desktop)
    expect(desktop.get_by_text("须由另一位财务人员核对后放行")).to_be_visible()
    assert PayoutBatch.objects.latest("pk").request_no in in_words(desktop)
    follow(desktop, "待放行的发放批次")
    accessible(desktop)
    first_row(desktop)
    assert "须由他人放行" in in_words(desktop)
    expect(desktop.get_by_role("link", name="放行(发送给运营机构)")).to_have_count(0)
    desktop.go_back()
    choose_all(desktop, "放行(发送给运营机构)")
    assert "须由他人放行" in in_words(desktop)
    expect(desktop.get_by_role("button", name=re.compile("^确认"))).to_have_count(0)
    leave(desktop)

    come_in(desktop, "releaser")
    follow(desktop, "待放行的发放批次")
    first_row(desktop)
    go(desktop, "放行(发送给运营机构)")
    confirm(desktop)
    released = PayoutBatch.objects.filter(state="released").latest("released_at")
    assert released.released_by.username == "releaser"
    leave(desktop)


def test_a_colleague_of_finance_accepts_the_evidence_of_a_payment(desktop, accessible):
    come_in(desktop, "releaser")
    follow(desktop, "待核准的发放凭证")
    accessible(desktop)
    go(desktop, "核准…")
    accessible(desktop)
    desktop.get_by_label("说明").fill("与对账单一致")
    confirm(desktop)
    expect(desktop.get_by_text("凭证已核准，申请和账目已更新。")).to_be_visible()
    assert PayoutLine.objects.exclude(doubt="").count() == 0
    leave(desktop)


def test_a_merchant_manager_closes_a_fault_and_withdraws_an_authorisation(desktop, accessible):
    come_in(desktop, "merchants")
    faults = follow(desktop, "待整改的检查")
    accessible(desktop)
    first_row(desktop)
    desktop.get_by_label("整改完成日期").fill("2022-06-20")
    to_the_end(desktop)
    accessible(desktop)
    press(desktop, "保存")
    assert Inspection.objects.filter(faulty=True, rectified_on=None).count() == faults - 1

    follow(desktop, "承诺书未上墙的商户")
    accessible(desktop)
    first_row(desktop)
    unpaid = AgentPoint.objects.filter(
        trade_ins__claims__state="settled", authorizations__ends_on__isnull=True
    )
    point = unpaid.order_by("pk")[0]
    desktop.goto(reverse("staff-merchant", args=[point.merchant_id]))
    go(desktop, "撤回授权")
    sentence = re.search(r"(\d+) 份未发放的申请", in_words(desktop))
    desktop.get_by_label("撤回原因").fill("出借授权牌")
    confirm(desktop)
    expect(desktop.get_by_text(f"已暂缓 {sentence[1]} 份申请")).to_be_visible()
    assert Hold.objects.filter(kind="authorization").count() == int(sentence[1]) > 0
    leave(desktop)


def test_an_auditor_follows_what_was_done_and_changes_nothing(desktop, accessible):
    come_in(desktop, "auditor")
    go(desktop, "审计")
    accessible(desktop)
    for action, words in (
        ("reveal", "发放失败，电话核对收款信息"),
        ("export", "补贴申请"),
        ("decide", "已批准"),
    ):
        desktop.goto(f"{reverse('admin:core_auditentry_changelist')}?action__exact={action}")
        assert words in desktop.inner_text("#result_list")
    desktop.goto(f"{reverse('admin:core_auditentry_changelist')}?action__exact=reveal")
    first_row(desktop)
    accessible(desktop)
    go(desktop, re.compile("^淘汰置换 GS"))
    accessible(desktop)
    expect(desktop.get_by_text("显示完整信息")).to_have_count(0)
    held = Hold.objects.order_by("pk")[0].claim_id
    for address in (
        HOME,
        reverse("admin:subsidies_claim_changelist"),
        reverse("admin:subsidies_payoutbatch_changelist"),
        reverse("admin:core_user_changelist"),
        reverse("admin:subsidies_claim_change", args=[held]),
        reverse("staff-case", args=[held]) + "?tab=holds",
        reverse("admin:ebikes_importbatch_changelist"),
        reverse("staff-change", args=[SchemeChange.objects.open().get().pk]),
    ):
        desktop.goto(address)
        senders = desktop.locator("form[method=post]:has(button, input[type=submit])")
        forms = senders.evaluate_all("all => all.map(each => each.action)")
        own = {reverse("admin:logout"), reverse("set_language")}  # the account's own menu
        assert {urlsplit(form).path for form in forms} == own, address
    leave(desktop)


def test_two_administrators_make_an_account_and_know_nobody(desktop, accessible, settings):
    settings.STAFF_TWO_FACTOR = True
    come_in(desktop, "sysadmin")
    spare = bind_device(desktop)
    accessible(desktop)
    expect(desktop.get_by_role("link", name="淘汰置换")).to_have_count(0)
    go(desktop, "用户")
    accessible(desktop)
    first = propose_account(desktop, accessible)
    leave(desktop)
    come_in(desktop, "security")
    bind_device(desktop)
    go(desktop, "账号和权限变更")
    accessible(desktop)
    second = confirm_account(desktop, accessible)
    newcomer = User.objects.get(username="newcomer")
    assert newcomer.groups.get().name == "officer"
    assert newcomer.check_password(first + second)
    leave(desktop)
    come_in(desktop, "sysadmin")
    desktop.get_by_label("验证码").fill(spare)
    press(desktop, "继续")
    expect(desktop.get_by_text("已用掉一个备用码，还剩 9 个。")).to_be_visible()

    desktop.goto(HOME)
    box = desktop.get_by_label("查找：号牌、单号、证件号码、手机号、商户等")
    box.fill(TradeIn.objects.order_by("pk")[0].owner.id_no)
    with desktop.expect_navigation():
        box.press("Enter")
    expect(desktop.get_by_text("没有找到").first).to_be_visible()


def bind_device(page):
    """Set the second factor up, from the page that stands before everything; a code for when the device is lost."""
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("验证码").fill(f"{TOTP(base64.b32decode(secret)).token():06}")
    press(page, "绑定")
    spare = page.locator("code").first.inner_text()
    go(page, re.compile("已抄下"))
    return spare


def propose_account(page, accessible):
    """With two roles, which is refused; then with one. Half of its password."""
    go(page, "新开账号")
    accessible(page)
    page.get_by_label("用户名").fill("newcomer")
    page.get_by_label("说明").fill("拱市监〔2022〕5号")
    page.get_by_label(re.compile("经办：")).check()
    page.get_by_label(re.compile("审计：")).check()
    confirm(page)
    expect(page.get_by_text("同一人不能兼任：审计、经办。")).to_be_visible()
    page.get_by_label(re.compile("审计：")).uncheck()
    confirm(page)
    accessible(page)
    assert not User.objects.filter(username="newcomer").exists()
    return page.locator("code").inner_text()


def confirm_account(page, accessible):
    """By the other one; the other half."""
    first_row(page)
    accessible(page)
    go(page, "确认变更")
    accessible(page)
    confirm(page)
    return page.locator("code").inner_text()
