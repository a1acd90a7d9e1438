"""Each role's morning on the demonstration's district: what waits, the way to it, the work, and what is refused."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.urls import reverse

from config.people import in_role
from tests.browser.conftest import PASSWORD
from tests.demonstration import make_demonstration

HOME = reverse("admin:index")
SNAP = [0]


def snap(page):
    SNAP[0] += 1
    w = page.viewport_size["width"]
    page.screenshot(path=f"/tmp/shots-m/{w}-{SNAP[0]:03}.png", full_page=True)


@pytest.fixture(autouse=True)
def scheme(site, tmp_path, settings):
    """Made in a thread of its own: the browser's event loop runs in this one, and asking the systems opens another."""

    def make():
        try:
            return make_demonstration(tmp_path / "district", settings)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as apart:
        return apart.submit(make).result()


def come_in(page, username):
    """To the home page, through the log-in that stands before it."""
    user = in_role(username)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    page.goto(HOME)
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="登录").click()


def leave(page):
    """Out, from any page of the admin."""
    page.goto(HOME)
    if not page.get_by_role("button", name=re.compile("^我的账号")).is_visible():
        page.get_by_role("button", name="菜单").click()
    page.get_by_role("button", name=re.compile("^我的账号")).click()
    with page.expect_navigation():
        page.get_by_role("button", name="注销").click()
    page.goto(HOME)
    page.get_by_label("密码").wait_for()


def task(page, title):
    """What the home page says of something that waits."""
    return page.get_by_role("listitem").filter(has=page.get_by_text(title, exact=True))


def follow(page, title):
    """From the home page to the rows behind a figure; the figure."""
    page.goto(HOME)
    link = task(page, title).get_by_role("link")
    figure = int(link.inner_text())
    link.click()
    return figure


def decide(page, verb, reason, note=""):
    """On the page of a case."""
    page.locator("summary").filter(has_text=verb).click()
    form = page.locator("details[open]").filter(has=page.get_by_role("button", name=f"确认：{verb}"))
    form.get_by_label(reason, exact=True).check()
    if note:
        form.get_by_label("说明").fill(note)
    snap(page)
    with page.expect_navigation():
        form.get_by_role("button", name=f"确认：{verb}").click()


def confirm(page, name="确认"):
    """What the page asks once."""
    snap(page)
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile(f"^{name}")).click()


def test_an_officer_decides_three_cases_and_confirms_a_file(page, accessible):
    come_in(page, "officer")
    accessible(page)
    snap(page)

    waiting = follow(page, "待人工复核")
    accessible(page)
    snap(page)
    page.get_by_role("link", name=re.compile("从最早的一份开始")).click()
    page.get_by_text(f"第 1 份，共 {waiting} 份").wait_for()
    accessible(page)
    snap(page)
    decide(page, "重新询问两个系统", "主管部门已更正其记录")
    page.get_by_text(f"第 1 份，共 {waiting - 1} 份").wait_for()
    decide(page, "退回商户更正", "号牌录入有误")
    page.get_by_text(f"第 1 份，共 {waiting - 2} 份").wait_for()

    held = follow(page, "不一致和疑点，已暂缓")
    accessible(page)
    snap(page)
    page.get_by_role("link", name=re.compile("^记录与系统答复不一致")).click()
    page.get_by_role("link", name=re.compile("从最早的一份开始")).click()
    accessible(page)
    snap(page)
    decide(page, "解除暂缓", "以主管部门记录为准，不影响补贴", note="电话核实过")
    snap(page)
    assert follow(page, "不一致和疑点，已暂缓") == held - 1

    follow(page, "待确认的导入批次")
    snap(page)
    page.get_by_role("link", name="4-纸质登记补录.csv").click()
    snap(page)
    page.get_by_role("link", name=re.compile("^打开预览")).click()
    queue = page.get_by_role("region", name="对排队的影响")
    assert "份现在排得到补贴，确认后将得不到" in queue.inner_text()
    accessible(page)
    snap(page)
    page.get_by_role("link", name="确认导入…").click()
    assert "将因此得不到补贴" in page.inner_text("main")
    confirm(page)
    assert page.get_by_text("已确认导入：3 行生效。").is_visible()
    leave(page)


def test_the_reviewer(page, accessible):
    come_in(page, "reviewer")
    accessible(page)
    follow(page, "待批准发放")
    snap(page)
