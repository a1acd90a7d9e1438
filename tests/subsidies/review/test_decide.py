"""What a person decides where the systems could not, and what is laid before that person."""

import pytest
from django.utils import translation

from subsidies.checks.services.check import lease_due_claims
from subsidies.models import Claim
from subsidies.review.selectors.comparison import side_by_side
from subsidies.review.services.decide import ask_again, claims_in_review, demand_correction
from subsidies.states import ClaimState
from tests.factories import NOW, FiledBikeFactory, UserFactory, make_answer, make_claim, make_scheme
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def claim():
    return make_claim(make_scheme(), state="review")


def only(claim):
    return Claim.objects.filter(pk=claim.pk)


def test_those_who_wait_longest_come_first():
    scheme = make_scheme()
    first, second = (make_claim(scheme, state="review") for _ in range(2))
    make_claim(scheme)
    assert list(claims_in_review()) == [first, second]


def test_asking_again_puts_the_claim_before_the_workers_at_once(claim):
    assert ask_again(claims=only(claim), by=UserFactory(), now=NOW, note="已恢复") == 1
    assert [due.id for due in lease_due_claims(limit=9, now=NOW)] == [claim.pk]
    event = claim.events.get(verb="ask_again")
    assert (event.to_state, event.note) == ("checking", "已恢复")


def test_a_correction_is_demanded_with_a_note_and_the_place_is_kept(claim):
    place = (claim.completed_at, claim.received_at)
    demand_correction(claims=only(claim), by=UserFactory(), now=NOW, note="号牌写错")
    claim.refresh_from_db()
    assert claim.state == "needs_correction"
    assert (claim.completed_at, claim.received_at) == place


@pytest.mark.parametrize("state", [s for s in ClaimState if s not in ("review", "needs_correction")][:4])
def test_nothing_else_is_moved(state):
    claim = make_claim(make_scheme(), state=state)
    assert ask_again(claims=only(claim), by=UserFactory(), now=NOW) == 0
    assert demand_correction(claims=only(claim), by=UserFactory(), now=NOW, note="") == 0


def rows(claim):
    return {row.title: row for row in side_by_side(claim)}


def test_what_agrees_is_not_marked(claim):
    FiledBikeFactory(filing_plate_no=claim.filing_plate_no, owner=claim.owner)
    moments = {
        name: getattr(claim.trade_in, name).isoformat() for name in ("deregistered_at", "collected_at")
    }
    make_answer(claim.trade_in, "exing", status="已注销", **moments)
    plated = claim.trade_in.plated_at.isoformat()
    make_answer(
        claim.trade_in, "yunshenling", vehicle_code=claim.vehicle_code, plated_at=plated, vehicle_kind="标准"
    )
    assert [title for title, row in rows(claim).items() if row.differs] == []
    assert rows(claim)["车主"].register == "同一人"


def test_what_differs_is_marked_and_says_what_each_said(claim):
    FiledBikeFactory(filing_plate_no=claim.filing_plate_no)  # filed to somebody else
    make_answer(claim.trade_in, "exing", status="有效", deregistered_at=None, collected_at=None)
    make_answer(claim.trade_in, "yunshenling", vehicle_code="1", plated_at=None, vehicle_kind="非标")
    differing = {title for title, row in rows(claim).items() if row.differs}
    assert differing == {"车主", "备案状态", "注销时间", "回收时间", "整车编码", "上牌时间", "车辆类型"}
    assert rows(claim)["备案状态"].exing == "有效"


def test_a_systems_chinese_word_agrees_in_the_readers_language_too(claim):
    make_answer(claim.trade_in, "exing", status="已注销")
    make_answer(claim.trade_in, "yunshenling", vehicle_kind="标准")
    with translation.override("en"):
        found = {row.record: row for row in side_by_side(claim)}
    for record in ("Deregistered", "Standard"):
        assert not found[next(text for text in found if text.lower() == record.lower())].differs


def test_where_nobody_answered_that_is_said(claim):
    assert {row.exing for row in rows(claim).values() if row.exing} == {"没有答复"}


def test_nobodys_number_is_shown(claim):
    shown = str(side_by_side(claim))
    assert claim.owner.id_no not in shown
    assert claim.owner.name not in shown
