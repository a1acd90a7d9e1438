"""Every claim can say, in Chinese and at any time, what was decided, why, and what the owner can do."""

import re

import pytest
from django.utils.translation import override

from subsidies.allocation.services.allocate import allocate
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.selectors.place import place_of
from subsidies.claims.services.receive import receive_claims
from subsidies.engine.checks import CHECKS
from subsidies.models import Claim, EligibilityCheck
from subsidies.reasons import EVENT_NAMES, NEXT_STEPS, REASONS, RESULTS, SOURCES
from subsidies.states import ClaimState
from tests.console import put_in, tamper, update
from tests.factories import (
    NOW,
    OwnerFactory,
    TradeInFactory,
    change_policy,
    local,
    make_answer,
    make_claim,
    make_scheme,
)

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _in_chinese():
    with override("zh-hans"):
        yield


def explained(claim):
    claim.refresh_from_db()
    return explain_claim(claim)


def sentences(explanation):
    yield from (explanation.headline, explanation.completed, explanation.stage, explanation.policy)
    yield explanation.next_step
    for line in explanation.checks:
        yield from (line.title, line.result, line.evidence)
    yield from explanation.history


@pytest.mark.parametrize("state", list(ClaimState))
@pytest.mark.parametrize("checked", [True, False], ids=["checked", "not checked yet"])
def test_every_state_is_explained(state, checked):
    claim = make_claim(make_scheme())
    if checked:
        check(claim)
    put_in(claim, state)
    said = list(sentences(explained(claim)))
    assert all(CHINESE.search(sentence) for sentence in said)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_is_explained_with_its_remedy(reason):
    claim = make_claim(make_scheme())
    put_in(claim, "refused")
    tamper(update(claim, f"refusals = '{{{reason}}}'"))
    said = explained(claim)
    assert said.headline == f"不予补贴：{REASONS[reason].title}"
    assert said.next_step == REASONS[reason].remedy
    assert str(REASONS[reason].title) in [line.title for line in said.checks]


def test_all_reasons_at_once_are_all_said_and_no_remedy_twice():
    claim = make_claim(make_scheme())
    put_in(claim, "refused")
    tamper(update(claim, f"refusals = '{{{','.join(sorted(REASONS))}}}'"))
    said = explained(claim)
    assert all(str(reason.title) in said.headline for reason in REASONS.values())
    assert said.next_step.count(str(REASONS["person_cap"].remedy)) == 1


def test_every_check_and_every_word_has_its_label():
    assert set(CHECKS) < set(REASONS)
    assert set(NEXT_STEPS) == set(ClaimState) - {ClaimState.REFUSED}
    assert set(EVENT_NAMES) == {"deregistered_at", "collected_at", "purchased_at", "plated_at"}
    assert set(RESULTS) == {"pass", "fail", "unknown", "not_applicable"}
    for code, entry in CHECKS.items():
        assert REASONS[code].asks == entry.asks
        assert entry.asks in SOURCES


@pytest.mark.parametrize("state", ["recovering", "recovered", "needs_correction", "payout_failed"])
def test_nobody_who_must_act_is_told_that_all_is_well(state):
    claim = make_claim(make_scheme())
    put_in(claim, state)
    assert "无需操作" not in explained(claim).next_step


def check(claim, **results):
    exing = make_answer(claim.trade_in, "exing", status="已注销")
    return EligibilityCheck.objects.create(
        claim=claim,
        results={**dict.fromkeys(CHECKS, "pass"), **results},
        exing_answer=exing,
        yunshenling_answer=make_answer(claim.trade_in, "yunshenling"),
        policy=claim.policy,
        completed_at=claim.completed_at,
        completed_by=claim.completed_by,
        checked_at=NOW,
    )


def test_each_check_shows_whom_it_asked_and_the_number_of_the_answer():
    claim = make_claim(make_scheme())
    check(claim, no_plate="fail")
    lines = {line.title: line for line in explained(claim).checks}
    filed, plate = lines[str(REASONS["not_filed"].title)], lines[str(REASONS["no_plate"].title)]
    assert (filed.source, filed.code) == ("浙江e行在线", "pass")
    assert filed.evidence.startswith(f"有记录，请求编号 exing-{claim.trade_in.record_no}")
    assert (plate.source, plate.code) == ("云申领", "fail")
    assert plate.evidence.startswith(f"无记录，请求编号 yunshenling-{claim.trade_in.record_no}")


def test_of_two_checks_the_later_one_is_told():
    claim = make_claim(make_scheme())
    check(claim, no_plate="fail")
    check(claim)
    assert {line.code for line in explained(claim).checks} == {"pass"}


def test_times_are_told_in_hangzhou_time():
    claim = make_claim(make_scheme(), completed_at=local("2022-06-30 23:59:59"))
    said = explained(claim)
    assert said.completed == "2022-06-30 23:59:59，由“上牌”环节决定"
    assert said.stage == "第 1 阶段(2022-06-01 至 2022-06-30)，标准 300 元"


def test_an_amount_is_told_to_the_last_fen():
    scheme = make_scheme()
    change_policy(scheme, stages={1: {"amount_fen": 123_450}})
    assert explained(make_claim(scheme)).stage.endswith("标准 1,234.50 元")


def test_the_history_is_told_from_the_first_day():
    claim = make_claim(make_scheme())
    assert [line.split(" ", 2)[2] for line in explained(claim).history] == ["已收到", "核验中", "符合条件"]


def test_the_place_is_the_rank_among_the_claims_not_refused():
    scheme = make_scheme()
    third, first, second, out = (
        make_claim(scheme, completed_at=local(f"2022-06-10 {time}"))
        for time in ("12:00:00", "09:00:00", "10:00:00", "08:00:00")
    )
    Claim.objects.filter(pk=out.pk).update(state="refused", refusals=["not_filed"])
    make_claim(make_scheme(year=2021))
    out.refresh_from_db()
    assert [place_of(claim) for claim in (first, second, third, out)] == [1, 2, 3, None]


def test_whoever_is_over_the_cap_is_told_so():
    scheme, xiaofang = make_scheme(), OwnerFactory()
    make_claim(scheme, owner=xiaofang)
    second = make_claim(scheme, owner=xiaofang, completed_at=local("2022-06-11 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    assert explained(second).headline == "不予补贴：同一人享受补贴已达上限"


def test_a_second_claim_points_to_the_first(make_batch):
    make_scheme()
    batch = make_batch()
    first = TradeInFactory(batch=batch)
    TradeInFactory(batch=batch, filing_plate_no=first.filing_plate_no)
    receive_claims(batch_id=batch.pk, by=None, now=NOW)
    said = explained(Claim.objects.get(state="refused"))
    assert said.checks[-1].title == "这辆旧车已有一份申请"
    assert said.checks[-1].evidence == f"先前的申请：{first.record_no}"


def test_an_explanation_holds_no_personal_data():
    claim = make_claim(make_scheme(), owner=OwnerFactory(id_no="330105199001010011", name="王小芳"))
    check(claim)
    said = " ".join(sentences(explained(claim)))
    for secret in ("330105199001010011", "王小芳", claim.trade_in.phone.removeprefix("+86")):
        assert secret not in said
