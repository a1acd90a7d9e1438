"""An officer's morning at the work list: three cases in a row with the keyboard alone, on both screens."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from core.audit.acting import acting
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Hold
from subsidies.payouts.services.payouts import approve_claims, make_payouts
from subsidies.review.services.holds import place_holds
from subsidies.review.services.sweep_signals import sweep_signals
from tests.factories import (
    NOW,
    AgentPointFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    make_answer,
    make_claim,
    make_scheme,
    make_staff,
)

WORK = reverse("staff-work")


@pytest.fixture
def scheme():
    return make_scheme()


@pytest.fixture
def officer(scheme):
    return make_staff("officer")


def in_review(scheme, days):
    claim = make_claim(scheme, state="checking")
    with acting("test", by=None, now=timezone.now() - timedelta(days=days)):
        Claim.objects.filter(pk=claim.pk).update(state="review")
    return claim


def held(scheme):
    record = TradeInFactory()
    claim = make_claim(scheme, trade_in=record)
    told = (record.plated_at + timedelta(days=2)).isoformat()
    make_answer(record, "yunshenling", vehicle_code=record.vehicle_code, plated_at=told, vehicle_kind="标准")
    noticed = {"differs": {"plated_at": [record.plated_at.isoformat(), told]}}
    place_holds(kind=Hold.Kind.MISMATCH, evidence={claim.pk: noticed}, by=None, now=timezone.now())
    return claim


def test_three_cases_are_decided_in_a_row_with_the_keyboard(page, enter, accessible, scheme, officer):
    claims = [in_review(scheme, days) for days in (4, 3, 2)]
    enter(page, officer)
    page.goto(WORK)
    accessible(page)
    page.keyboard.press("Enter")
    page.get_by_text("第 1 份，共 3 份").wait_for()
    accessible(page)
    for number, (key, down) in enumerate([("1", 1), ("2", 0), ("1", 0)], start=1):
        page.keyboard.press(key)
        for _ in range(down):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.get_by_text(f"第 1 份，共 {3 - number} 份" if number < 3 else "这份清单已经到末尾。").wait_for()
    states = [Claim.objects.get(pk=claim.pk).state for claim in claims]
    assert states == ["checking", "needs_correction", "checking"]
    event = claims[0].events.last()
    assert (event.reasons, event.note) == (["authority_corrected"], "")


def test_a_hold_is_read_and_cleared(page, enter, accessible, scheme, officer):
    claim = held(scheme)
    enter(page, officer)
    page.goto(f"{WORK}?tab=holds")
    accessible(page)
    page.get_by_role("link", name=claim.trade_in.record_no).click()
    page.get_by_text("上牌时间：记录为").wait_for()
    expect(page.get_by_role("row", name="上牌时间").get_by_text("不一致")).to_be_visible()
    page.get_by_text("解除暂缓").first.click()
    accessible(page)
    page.get_by_label("以主管部门记录为准，不影响补贴").check()
    page.get_by_label("说明", exact=True).first.fill("电话核实过")
    page.get_by_role("button", name="确认：解除暂缓").click()
    page.get_by_text("这份清单已经到末尾。").wait_for()
    hold = Hold.objects.get()
    assert (hold.cleared_reasons, hold.note) == (["authority_counts"], "电话核实过")


def test_a_refusal_is_asked_about_first(page, enter, accessible, scheme):
    claim = held(scheme)
    allocate(scheme=scheme, now=NOW)
    enter(page, make_staff("reviewer"))
    page.goto(f"{reverse('staff-case', args=[claim.pk])}?tab=holds")
    page.keyboard.press("3")
    page.get_by_text("将释放锁定的补贴").wait_for()
    accessible(page)
    page.get_by_label("经核实，申报内容不实").check()
    page.get_by_label("说明").fill("到店查无此车")
    page.get_by_role("button", name="确认").click()
    page.get_by_text("这份清单已经到末尾。").wait_for()
    claim.refresh_from_db()
    assert (claim.state, claim.refusals) == ("refused", ["untrue_record"])


def test_a_claim_and_a_batch_are_for_everybody_to_read(page, enter, accessible, scheme):
    claim = held(scheme)
    claim.holds.update(cleared_at=NOW, cleared_by=UserFactory(), note="已核实")
    allocate(scheme=scheme, now=NOW)
    approve_claims(claims=scheme.claims.all(), by=UserFactory(), now=NOW)
    (batch,) = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=UserFactory(), now=NOW).batches
    enter(page, make_staff("finance"))
    page.goto(reverse("staff-report"))
    page.get_by_text("每周淘汰置换").click()
    expect(page.get_by_role("img", name="每周淘汰置换")).to_be_visible()
    page.goto(reverse("admin:subsidies_claim_changelist"))
    page.get_by_role("link", name=claim.trade_in.record_no).wait_for()
    page.locator("#changelist a", has_text="筛选").first.click()
    page.locator(".list-filter").filter(has_text="状态").locator("select").select_option(
        value="state__exact=in_payout"
    )
    page.get_by_role("button", name="按条件筛选").click()
    page.wait_for_url("**/subsidies/claim/?state__exact=in_payout")
    page.get_by_role("link", name=claim.trade_in.record_no).click()
    accessible(page)
    page.goto(reverse("admin:subsidies_payoutbatch_change", args=[batch.pk]))
    accessible(page)
    page.get_by_role("link", name="放行(发送给运营机构)").click()
    accessible(page)
    page.get_by_role("button", name="确认").click()
    page.get_by_text("：1 个批次。").wait_for()
    batch.refresh_from_db()
    assert batch.state == "released"


def test_four_owners_with_one_wallet_are_read_as_one_group_and_asked_for_more(
    page, enter, accessible, scheme, officer
):
    shop = AgentPointFactory()
    for _time in range(4):
        record = TradeInFactory(wallet_no="6222000099998888", owner=OwnerFactory(), agent_point=shop)
        make_claim(scheme, trade_in=record)
    sweep_signals(now=NOW)
    enter(page, officer)
    page.goto(reverse("staff-ties"))
    accessible(page)
    page.get_by_role("table").get_by_role("link", name="多名车主使用同一钱包").click()
    page.get_by_text("4 名车主的 4 份申请").wait_for()
    accessible(page)
    page.get_by_role("link", name="生成检查任务…").click()
    accessible(page)
    page.get_by_role("button", name="生成检查任务").click()
    page.get_by_text(f"已生成检查任务：{shop.merchant}。").wait_for()
    page.get_by_role("button", name="要求补充材料…").click()
    accessible(page)
    page.get_by_label("理由").select_option(label="数字人民币钱包实名页面")
    page.get_by_label("说明").fill("请补充每名车主自己的钱包截图")
    page.get_by_role("button", name="确认：要求补充材料").click()
    page.get_by_text("已办理 4 份").wait_for()
    assert Hold.objects.filter(kind="inquiry").count() == 4
