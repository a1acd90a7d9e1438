"""A claim is judged by the version that it pinned, whatever the scheme has become since."""

from datetime import date

import pytest
from django.utils.translation import override

from ebikes.licensing.ask import look_up_all
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.selectors.cases import rules_of
from subsidies.checks.selectors.explain import explain_claim
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.claims.services.receive import receive_claims
from subsidies.models import Claim
from tests.factories import NOW, TradeInFactory, change_policy, local, make_scheme

pytestmark = pytest.mark.django_db

THE_LAST_OF_JUNE = "2022-06-30 12:00:00"
EARLIER_END = {1: {"ends_on": date(2022, 6, 29)}, 2: {"starts_on": date(2022, 6, 30)}}


@pytest.fixture
def arrives(make_batch, outside):
    """A trade-in that was finished on the last of June and is confirmed by both systems; its claim."""

    def make(scheme):
        batch = make_batch()
        trade_in = TradeInFactory(day=date(2022, 6, 29), plated_at=local(THE_LAST_OF_JUNE), batch=batch)
        outside.know(trade_in)
        receive_claims(batch_id=batch.pk, by=None, now=NOW)
        return Claim.objects.get(trade_in=trade_in)

    return make


def judge():
    due = lease_due_claims(limit=10, now=NOW)
    exing, plates = look_up_all(
        exing=[d.exing_plate for d in due], yunshenling=[d.yunshenling_plate for d in due]
    )
    record_answers(due, exing=exing, yunshenling=plates, now=NOW)


def test_a_claim_that_pinned_version_1_is_judged_by_its_stages_after_version_2(arrives):
    scheme = make_scheme()
    early = arrives(scheme)
    change_policy(scheme, stages={**EARLIER_END, 3: {"amount_fen": 5000}})
    late = arrives(scheme)
    judge()
    for claim in (early, late):
        claim.refresh_from_db()
    assert (early.policy.version, early.stage.no, early.amount_fen) == (1, 1, 30000)
    assert (late.policy.version, late.stage.no, late.amount_fen) == (2, 2, 20000)
    assert {claim.state for claim in (early, late)} == {"eligible"}


def test_an_amount_that_was_lowered_meanwhile_does_not_reach_back(arrives):
    scheme = make_scheme()
    early = arrives(scheme)
    change_policy(scheme, stages={1: {"amount_fen": 10_000}})
    judge()
    allocate(scheme=scheme, now=NOW)
    early.refresh_from_db()
    assert (early.state, early.amount_fen) == ("settled", 30000)
    assert scheme.ledger.get(kind="reserve").amount_fen == 30000


def test_a_window_that_was_closed_meanwhile_does_not_reach_back(arrives):
    scheme = make_scheme()
    early = arrives(scheme)
    change_policy(scheme, stages={1: {"ends_on": date(2022, 6, 29)}})
    late = arrives(scheme)
    judge()
    for claim in (early, late):
        claim.refresh_from_db()
    assert (early.state, late.state, late.refusals) == ("eligible", "refused", ["outside_stages"])


def test_it_is_explained_by_the_stage_that_it_was_judged_by(arrives):
    scheme = make_scheme()
    early = arrives(scheme)
    change_policy(scheme, stages={1: {"ends_on": date(2022, 6, 29), "amount_fen": 10_000}})
    early.refresh_from_db()
    with override("zh-hans"):
        said = explain_claim(early)
    assert said.stage == "第 1 阶段(2022-06-01 至 2022-06-30)，标准 300 元"
    assert said.policy == "政策第 1 版"


def test_each_version_keeps_its_rules():
    scheme = make_scheme()
    first, second = scheme.policies.get(), change_policy(scheme, stages=EARLIER_END)
    assert [s.ends_on.day for s in rules_of(first).stages] == [30, 31, 31]
    assert [s.ends_on.day for s in rules_of(second).stages] == [29, 31, 31]
