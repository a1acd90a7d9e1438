"""The scheme in a browser: a top-up from the form to the ledger, by two people; sound for everybody."""

import pytest
from django.urls import reverse

from subsidies.allocation.services.allocate import allocate
from subsidies.models import Scheme, SchemeChange
from tests.admin.district import url
from tests.factories import NOW, change_policy, local, make_claim, make_scheme, make_staff


@pytest.fixture
def scheme():
    """A second version, one claim settled and six on the waitlist."""
    scheme = make_scheme(budget_fen=30_000, caps=(1_500_000, None, None))
    for day in (
        "2022-06-10",
        "2022-06-11",
        "2022-06-11",
        "2022-06-20",
        "2022-07-05",
        "2022-07-06",
        "2022-08-01",
    ):
        make_claim(scheme, completed_at=local(f"{day} 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    change_policy(scheme, settle_lag_hours=24)
    return scheme


@pytest.fixture
def finance():
    return make_staff("finance")


@pytest.fixture
def reviewer():
    return make_staff("reviewer")


def in_the_dark_too(page, accessible):
    accessible(page)
    page.emulate_media(color_scheme="dark")
    page.reload()  # the admin's look asks once for light or dark
    accessible(page)
    page.emulate_media(color_scheme="light")
    page.reload()


def test_money_is_added_by_two_people_who_see_whom_it_reaches(
    page, enter, accessible, finance, reviewer, scheme
):
    enter(page, finance)
    page.goto(url(Scheme, "change", scheme.pk))
    in_the_dark_too(page, accessible)
    page.get_by_role("link", name="追加资金").click()
    page.get_by_label("追加金额").fill("700")
    page.get_by_label("说明").fill("区财政追加")
    page.get_by_role("button", name="看影响").click()
    page.get_by_role("heading", name="离开候补，获得补贴：2 份，共 600 元").wait_for()
    accessible(page)
    page.get_by_role("button", name="提出，送批").click()
    page.get_by_text("变更已提出").wait_for()
    change = SchemeChange.objects.get(state="proposed")
    page.context.clear_cookies()
    enter(page, reviewer)
    page.goto(reverse("staff-change", args=[change.pk]))
    in_the_dark_too(page, accessible)
    page.get_by_role("link", name="批准").click()
    page.get_by_role("button", name="批准变更").wait_for()
    accessible(page)
    page.get_by_role("button", name="批准变更").click()
    page.get_by_text("资金已入账").wait_for()
    scheme.refresh_from_db()
    assert scheme.funded_fen == 100_000


def test_the_form_of_a_change_is_for_everybody_and_says_what_is_wrong_where_it_is(
    page, enter, accessible, finance, scheme
):
    enter(page, finance)
    page.goto(reverse("staff-scheme-propose", args=[scheme.pk]))
    in_the_dark_too(page, accessible)
    page.locator("[name=stages-0-ends_on]").fill("2022-07-02")
    page.locator("[name=stages-1-amount_fen]").fill("-5")
    page.get_by_label("说明").fill("调整阶段")
    page.get_by_role("button", name="看影响").click()
    page.get_by_text("与第 1 阶段在 2022-07-01 至 2022-07-02 重叠").wait_for()
    page.get_by_text("补贴标准应大于 0 元").wait_for()
    assert page.locator("[name=stages-0-ends_on]").input_value() == "2022-07-02"
    accessible(page)
    page.locator("[name=stages-0-ends_on]").fill("2022-06-29")
    page.locator("[name=stages-1-amount_fen]").fill("150")
    page.locator("[name=stages-3-starts_on]").fill("2022-09-01")
    page.locator("[name=stages-3-ends_on]").fill("2022-09-30")
    page.locator("[name=stages-3-amount_fen]").fill("50")
    page.get_by_role("button", name="看影响").click()
    page.get_by_text("第 4 阶段 · 补贴标准(元)").wait_for()
    accessible(page)
    with page.expect_navigation():
        page.get_by_role("button", name="返回修改").click()
    assert page.locator("[name=stages-3-amount_fen]").input_value() == "50"


def test_a_scheme_is_suspended_by_two_people_and_the_public_page_says_so(
    page, enter, accessible, finance, reviewer, scheme
):
    enter(page, finance)
    page.goto(url(Scheme, "change", scheme.pk))
    page.get_by_role("link", name="暂停、结束、归档").click()
    page.get_by_role("img", name="方案现在的状态：受理中").wait_for()
    in_the_dark_too(page, accessible)
    page.get_by_role("link", name="暂停受理").click()
    page.get_by_label("说明").fill("核查")
    accessible(page)
    page.get_by_role("button", name="暂停受理").click()
    page.get_by_text("已提出，等待另一人确认").wait_for()
    page.context.clear_cookies()
    enter(page, reviewer)
    page.goto(reverse("staff-scheme-life", args=[scheme.pk]))
    in_the_dark_too(page, accessible)
    page.get_by_role("link", name="确认…").click()
    page.get_by_role("button", name="确认启停").click()
    page.get_by_role("img", name="方案现在的状态：已暂停").wait_for()
    page.goto(reverse("home"))
    page.get_by_text("方案已暂停：不受理新的申请").wait_for()
    accessible(page)


def test_next_years_scheme_is_drafted_from_this_years(page, enter, accessible, finance, scheme):
    enter(page, finance)
    page.goto(reverse("staff-scheme-clone", args=[scheme.pk]))
    in_the_dark_too(page, accessible)
    assert page.locator("[name=stages-0-starts_on]").input_value() == "2023-06-01"
    page.get_by_label("方案代码").fill("2023")
    page.get_by_label("名称").fill("2023 年补贴")
    page.get_by_label("资金总额").fill("1000")
    page.get_by_label("说明").fill("续办")
    page.get_by_role("button", name="拟定，送批").click()
    page.get_by_text("方案已拟定，等待另一人批准").wait_for()
    accessible(page)
