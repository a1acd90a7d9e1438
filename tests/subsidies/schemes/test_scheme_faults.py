"""What cannot be, is refused: a sentence for each fault, all of them at once. What is odd is warned of."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils.translation import override

from subsidies.allocation.services.allocate import allocate
from subsidies.engine.stages import StageTerms
from subsidies.schemes.selectors.faults import faults_of, warnings_of
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import Faulty, propose_change
from tests.factories import NOW, UserFactory, change_policy, local, make_claim, make_scheme

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_chinese():
    with override("zh-hans"):
        yield


def terms_of(scheme):
    return Terms.of(scheme.policies.latest("version"))


def changed(terms, no, **differs):
    return replace(terms, stages=tuple(replace(s, **differs) if s.no == no else s for s in terms.stages))


def faults(scheme, terms, budget_fen=0):
    return [(f.stage, f.field, f.sentence) for f in faults_of(scheme, terms, budget_fen)]


@pytest.mark.parametrize(
    ("payer", "fault"),
    [
        (
            {"payer_wallet": "0021000000000001"},
            ("payer_name", "付款钱包和付款单位要么都填写，要么都留空(留空按系统设置)"),
        ),
        (
            {"payer_name": "拱墅区商务局"},
            ("payer_wallet", "付款钱包和付款单位要么都填写，要么都留空(留空按系统设置)"),
        ),
        (
            {"payer_name": "拱墅区商务局", "payer_wallet": "00210000 0000"},
            ("payer_wallet", "付款钱包应为 16 位数字"),
        ),
    ],
)
def test_a_payer_is_a_wallet_and_a_name(payer, fault):
    scheme = make_scheme()
    assert faults(scheme, replace(terms_of(scheme), **payer)) == [(None, *fault)]


@pytest.mark.parametrize(
    ("no", "differs", "fault"),
    [
        (2, {"ends_on": date(2022, 6, 30)}, (2, "ends_on", "截止日期 2022-06-30 早于起始日期 2022-07-01")),
        (
            2,
            {"starts_on": date(2022, 6, 30)},
            (2, "starts_on", "与第 1 阶段在 2022-06-30 至 2022-06-30 重叠"),
        ),
        (1, {"ends_on": date(2022, 7, 2)}, (2, "starts_on", "与第 1 阶段在 2022-07-01 至 2022-07-02 重叠")),
        (1, {"amount_fen": 0}, (1, "amount_fen", "补贴标准应大于 0 元")),
        (1, {"amount_fen": -30000}, (1, "amount_fen", "补贴标准应大于 0 元")),
        (1, {"amount_fen": 10**9}, (1, "amount_fen", "补贴标准不能超过 1,000,000 元")),
        (1, {"cap_fen": 0}, (1, "cap_fen", "阶段上限应大于 0 元，不设上限请留空")),
        (1, {"cap_fen": -1}, (1, "cap_fen", "阶段上限应大于 0 元，不设上限请留空")),
        (1, {"cap_fen": 10**17}, (1, "cap_fen", "阶段上限不能超过 1,000,000,000,000 元")),
        (1, {"starts_on": date(202, 6, 1)}, (1, "starts_on", "日期应在 2000-01-01 和 2100-12-31 之间")),
        (3, {"ends_on": date(9999, 12, 31)}, (3, "ends_on", "日期应在 2000-01-01 和 2100-12-31 之间")),
    ],
)
def test_a_stage_that_cannot_be_is_refused_in_a_sentence(no, differs, fault):
    scheme = make_scheme()
    assert faults(scheme, changed(terms_of(scheme), no, **differs)) == [fault]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("settle_lag_hours", -1, "结算等待不能是负数"),
        ("settle_lag_hours", 10**6, "结算等待不能超过 8784 小时"),
        ("per_person_cap", 0, "每人上限应在 1 和 1000 之间，不限请留空"),
        ("per_person_cap", -1, "每人上限应在 1 和 1000 之间，不限请留空"),
        ("filed_years_limit", 0, "备案年限应在 1 和 50 之间，不限请留空"),
        ("filed_years_limit", 9000, "备案年限应在 1 和 50 之间，不限请留空"),
        ("head_of_line", "fast", "没有这种排队规则"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_a_sentence(name, value, sentence):
    scheme = make_scheme()
    assert faults(scheme, replace(terms_of(scheme), **{name: value})) == [(None, name, sentence)]


def test_a_scheme_has_a_stage():
    scheme = make_scheme()
    assert faults(scheme, replace(terms_of(scheme), stages=())) == [(None, "", "方案至少要有一个阶段")]


def test_two_stages_have_two_numbers():
    scheme = make_scheme()
    again = StageTerms(3, date(2022, 9, 1), date(2022, 9, 30), 5000, None)
    terms = terms_of(scheme)
    assert faults(scheme, replace(terms, stages=(*terms.stages, again))) == [(3, "", "阶段编号 3 重复")]


def test_a_change_changes_something():
    scheme = make_scheme()
    assert faults(scheme, terms_of(scheme)) == [(None, "", "没有任何改动")]
    assert faults(scheme, terms_of(scheme), 1) == []


@pytest.fixture
def two_settled():
    scheme = make_scheme(budget_fen=100_000)
    for _ in range(2):
        make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    scheme.refresh_from_db()
    return scheme


def test_a_cap_below_what_the_stage_has_given_is_refused(two_settled):
    terms = changed(terms_of(two_settled), 1, cap_fen=59_999)
    sentence = "阶段上限不能低于本阶段已锁定和发放的 600 元"
    assert faults(two_settled, terms) == [(1, "cap_fen", sentence)]
    assert faults(two_settled, changed(terms_of(two_settled), 1, cap_fen=60_000)) == []


def test_a_budget_below_what_is_settled_is_refused(two_settled):
    sentence = "资金总额不能减到 599.99 元：已锁定和发放 600 元"
    assert faults(two_settled, terms_of(two_settled), -40_001) == [(None, "budget_fen", sentence)]
    assert faults(two_settled, terms_of(two_settled), -40_000) == []


def test_a_budget_beyond_all_sums_is_refused(two_settled):
    sentence = "资金总额不能超过 1,000,000,000,000 元"
    assert faults(two_settled, terms_of(two_settled), 10**18) == [(None, "budget_fen", sentence)]


def test_a_stage_that_has_claims_stays(two_settled):
    terms = terms_of(two_settled)
    gone = replace(terms, stages=terms.stages[1:])
    assert faults(two_settled, gone) == [(1, "", "第 1 阶段不能删除：已有申请属于这一阶段")]


def test_a_stage_that_a_claim_may_still_come_to_stays():
    """What the authorities date later may fall into August, which that claim's version has."""
    scheme = make_scheme()
    make_claim(scheme, state="checking")
    terms = terms_of(scheme)
    sentence = "第 3 阶段不能删除：按原版本办理的申请还没有办完，可能属于这一阶段"
    assert faults(scheme, replace(terms, stages=terms.stages[:2])) == [(3, "", sentence)]


def test_all_faults_are_told_at_once(two_settled):
    terms = changed(terms_of(two_settled), 1, cap_fen=10_000, ends_on=date(2022, 7, 1))
    terms = replace(changed(terms, 3, amount_fen=-5), settle_lag_hours=-1)
    with pytest.raises(Faulty) as refusal:
        propose_change(
            scheme=two_settled, proposal=Proposal(terms, "依据", -90_000), by=UserFactory(), now=NOW
        )
    assert sorted((f.stage or 0, f.field) for f in refusal.value.faults) == [
        (0, "budget_fen"),
        (0, "settle_lag_hours"),
        (1, "cap_fen"),
        (2, "starts_on"),
        (3, "amount_fen"),
    ]


# ------------------------------------------------------------------ warnings


def warned(scheme, terms, budget_fen=0):
    return warnings_of(scheme, terms, budget_fen)


def test_a_plain_change_gives_no_pause():
    scheme = make_scheme()
    assert warned(scheme, changed(terms_of(scheme), 3, ends_on=date(2022, 9, 15))) == []


def test_days_on_which_somebody_has_completed_are_named_with_how_many():
    scheme = make_scheme()
    for day in ("2022-06-28", "2022-06-30", "2022-06-30"):
        make_claim(scheme, completed_at=local(f"{day} 23:30:00"))
    make_claim(scheme, completed_at=local("2022-07-01 00:00:00"))
    moved = changed(terms_of(scheme), 1, ends_on=date(2022, 6, 29))
    (told,) = [text for text in warned(scheme, moved) if "申请" in text]
    assert told.startswith("第 1 阶段的改动涉及已经过去的日子：已有 2 份申请在这些日子完成")
    lowered = changed(terms_of(scheme), 1, amount_fen=20_000)
    assert "已有 3 份申请" in warned(scheme, lowered)[0]


def test_caps_that_do_not_fit_the_budget_or_the_amount_are_named():
    scheme = make_scheme(budget_fen=100_000)
    over = warned(scheme, changed(terms_of(scheme), 1, cap_fen=120_000))
    assert over == ["各阶段上限合计 1,200 元，多于资金总额 1,000 元"]
    terms = terms_of(scheme)
    all_low = replace(terms, stages=tuple(replace(s, cap_fen=30_000) for s in terms.stages))
    assert warned(scheme, all_low)[0] == "各阶段上限合计 900 元，少于资金总额 1,000 元，多出的部分用不到"
    odd = warned(scheme, changed(terms, 1, cap_fen=40_050))
    assert odd == ["第 1 阶段的上限不是补贴标准的整数倍，末尾 100.50 元用不到"]


def test_days_between_stages_are_named():
    scheme = make_scheme()
    later = changed(terms_of(scheme), 2, starts_on=date(2022, 7, 3))
    sentence = "2022-06-30 和 2022-07-03 之间的日子不属于任何阶段，这些日子完成的不予补贴"
    assert warned(scheme, later) == [sentence]


def test_what_a_version_settled_is_the_next_ones_ground():
    scheme = make_scheme()
    change_policy(scheme, stages={1: {"ends_on": date(2022, 6, 29)}})
    end = terms_of(scheme).stages[0].ends_on
    assert faults(scheme, changed(terms_of(scheme), 1, ends_on=end + timedelta(days=1))) == []
