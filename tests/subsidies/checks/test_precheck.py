"""Before the sale: every reason for a refusal is said before anybody pays for a bike."""

from datetime import date, datetime, timedelta

import pytest

from core.audit.acting import acting
from ebikes.licensing.answers import Answer, Evidence, ExingRecord
from ebikes.records.persons import Document
from merchants.models import AgentAuthorization
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.selectors.precheck import Verdict, plating_days, precheck
from subsidies.models import Scheme
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    MerchantFactory,
    OwnerFactory,
    TradeInFactory,
    make_claim,
    make_scheme,
)
from tests.laid import laid
from tests.undone import undone

pytestmark = pytest.mark.django_db
JUNE_10 = date(2022, 6, 10)


@laid
def shop():
    return AgentPointFactory().merchant


@laid
def xiaofang():
    return OwnerFactory()


@laid
def bike(xiaofang):
    return FiledBikeFactory(owner=xiaofang, filed_on=date(2018, 6, 1))


def answer(outcome="found", **facts):
    evidence = Evidence("exing", "1", NOW, NOW, "1", 200, "")
    record = ExingRecord(**facts) if facts else None
    return Answer(outcome=outcome, record=record, evidence=evidence, problem=None)


def exing(bike, *, status="有效", deregistered_at=None, collected_at=None, id_no=None, point_no=""):
    return answer(
        filing_plate_no=bike.filing_plate_no,
        id_no=id_no or bike.owner.id_no,
        status=status,
        deregistered_at=deregistered_at,
        collected_at=collected_at,
        agent_point_no=point_no,
    )


def look(shop, bike, *, scheme=None, day=JUNE_10, owner=None, plate=None, said="usual"):
    return precheck(
        scheme=scheme or Scheme.objects.on(day) or make_scheme(),
        merchant=shop,
        plate=plate or bike.filing_plate_no,
        shown=Document((owner or bike.owner).id_kind, (owner or bike.owner).id_no),
        day=day,
        exing=exing(bike) if said == "usual" else said,
    )


def codes(found, verdict=None):
    return [f.code for f in found.findings if verdict is None or f.verdict is verdict]


def test_a_clean_bike_brings_this_stages_amount(shop, bike):
    found = look(shop, bike)
    assert codes(found, Verdict.BAD) == codes(found, Verdict.WARN) == []
    assert found.current.stage.amount_fen == 30000
    assert [each.stage.amount_fen for each in found.stages] == [30000, 20000, 10000]


def test_what_is_still_to_be_done_is_listed(shop, bike):
    todo = {"not_deregistered", "not_collected", "to_plate"}
    assert set(codes(look(shop, bike), Verdict.TODO)) == todo
    done = exing(bike, status="已注销", deregistered_at=NOW, collected_at=NOW)
    assert codes(look(shop, bike, said=done), Verdict.TODO) == ["to_plate"]


def test_a_bike_that_is_not_on_file_is_refused(shop, bike):
    assert codes(look(shop, bike, plate="杭Z000000"), Verdict.BAD) == ["not_filed"]


def test_a_plate_and_a_document_that_do_not_belong_together_are_answered_like_ones_that_nobody_knows(
    shop, bike
):
    """Whoever holds a plate tries documents, whoever holds a document tries plates: neither learns anything."""
    scheme, stranger, claimed = make_scheme(), OwnerFactory(), FiledBikeFactory()
    make_claim(scheme, owner=stranger)  # who has had the subsidy already
    make_claim(scheme, trade_in=TradeInFactory(filing_plate_no=claimed.filing_plate_no, owner=claimed.owner))
    unknown = {"plate": "杭Z000000", "owner": OwnerFactory()}
    answers = [
        look(shop, bike, scheme=scheme, **unknown, said=answer("absent")),
        look(shop, bike, scheme=scheme, owner=stranger),
        look(shop, bike, scheme=scheme, owner=unknown["owner"]),
        look(shop, bike, scheme=scheme, plate="杭Z000000"),
        look(shop, claimed, scheme=scheme, owner=bike.owner),
        look(shop, claimed, scheme=scheme, owner=stranger, said=None),
    ]
    told = [[(found.code, found.text) for found in each.findings] for each in answers]
    assert all(each == told[0] for each in told)
    assert codes(answers[0], Verdict.BAD) == ["not_filed"]


def test_a_bike_that_exing_has_under_another_name_is_refused_like_one_that_it_does_not_know(shop, bike):
    other, absent = (look(shop, bike, said=said) for said in (exing(bike, id_no="X"), answer("absent")))
    assert other.findings == absent.findings


def test_a_bike_that_exing_does_not_know_is_refused(shop, bike):
    assert "not_filed" in codes(look(shop, bike, said=answer("absent")), Verdict.BAD)


@pytest.mark.parametrize("said", [None, answer("unknown")], ids=["too slow", "unknown"])
def test_without_an_answer_the_register_speaks_and_that_is_said(shop, bike, said):
    found = look(shop, bike, said=said)
    assert codes(found, Verdict.WARN) == ["exing_unknown"]
    assert found.verdict is Verdict.WARN


@pytest.mark.parametrize(("day", "refused"), [(date(2022, 7, 1), False), (date(2022, 7, 2), True)])
def test_seven_years_are_counted_to_the_day(shop, xiaofang, day, refused):
    old = FiledBikeFactory(owner=xiaofang, filed_on=date(2015, 7, 1))
    assert ("filed_too_long" in codes(look(shop, old, day=day))) is refused


def test_a_bike_with_a_live_claim_is_refused(shop, bike):
    scheme = make_scheme()
    make_claim(scheme, trade_in=TradeInFactory(filing_plate_no=bike.filing_plate_no))
    assert codes(look(shop, bike, scheme=scheme), Verdict.BAD) == ["bike_already_claimed"]


def test_a_person_who_had_the_subsidy_is_refused(shop, bike):
    scheme = make_scheme()
    make_claim(scheme, owner=bike.owner)
    assert codes(look(shop, bike, scheme=scheme), Verdict.BAD) == ["person_cap"]


def test_a_withdrawn_claim_stands_in_nobodys_way(shop, bike):
    scheme = make_scheme()
    make_claim(scheme, owner=bike.owner, state="cancelled")
    assert codes(look(shop, bike, scheme=scheme), Verdict.BAD) == []


@pytest.mark.parametrize("enabled", [None, date(2022, 6, 11)])
def test_a_shop_that_is_not_enabled_is_told(shop, bike, enabled):
    shop.trade_in_enabled_on = enabled
    assert codes(look(shop, bike), Verdict.BAD) == ["merchant_not_enabled"]


def test_a_shop_without_an_authorised_point_is_told_where_to_go(shop, bike):
    AgentAuthorization.objects.update(ends_on=date(2022, 6, 9))
    assert codes(look(shop, bike), Verdict.WARN) == ["point_not_authorised"]
    assert codes(look(MerchantFactory(), bike), Verdict.WARN) == ["point_not_authorised"]


def test_a_shop_that_lacks_both_is_told_both(shop, bike):
    shop.trade_in_enabled_on = None
    AgentAuthorization.objects.update(ends_on=date(2022, 6, 9))
    found = look(shop, bike)
    assert codes(found, Verdict.BAD) == ["merchant_not_enabled"]
    assert codes(found, Verdict.WARN) == ["point_not_authorised"]


def collected(bike, point_no, at=NOW):
    return exing(bike, status="已注销", deregistered_at=at, collected_at=at, point_no=point_no)


def test_a_bike_that_was_collected_by_a_point_not_authorised_that_day_is_refused(shop, bike):
    """Whatever the shop's own point may do today: the law asks for the day on which the bike was handed in."""
    other = AgentPointFactory()
    other.authorizations.update(ends_on=date(2022, 6, 5))
    on = {day: datetime(2022, 6, day, 10, tzinfo=NOW.tzinfo) for day in (5, 6)}
    assert codes(look(shop, bike, said=collected(bike, other.point_no, on[6])), Verdict.BAD) == [
        "point_not_authorised"
    ]
    assert codes(look(shop, bike, said=collected(bike, other.point_no, on[5])), Verdict.BAD) == []


def test_a_bike_that_was_collected_in_time_is_not_held_against_a_shop_whose_own_period_is_over(shop, bike):
    point = shop.agent_points.get()
    point.authorizations.update(ends_on=date(2022, 6, 9))
    at = datetime(2022, 6, 8, 10, tzinfo=NOW.tzinfo)
    found = look(shop, bike, said=collected(bike, point.point_no, at))
    assert "point_not_authorised" not in codes(found)


def test_the_precheck_says_what_the_engine_would(shop, bike):
    """Every reason of the engine's that can be known before the sale is found in the pre-check, by its own code."""
    shop.trade_in_enabled_on = None
    acting("x", by=None, now=NOW)(shop.save)()
    late = FiledBikeFactory(owner=bike.owner, filed_on=date(2014, 6, 1))
    found = look(shop, late, owner=bike.owner, day=date(2022, 9, 1))
    assert {"merchant_not_enabled", "filed_too_long", "outside_stages"} <= set(codes(found, Verdict.BAD))


def test_between_and_after_the_stages_it_is_said(shop, bike):
    assert codes(look(shop, bike, day=date(2022, 5, 20)), Verdict.WARN) == ["outside_stages"]
    assert codes(look(shop, bike, day=date(2022, 9, 1)), Verdict.BAD) == ["outside_stages"]


def test_money_on_which_others_count_already_is_not_promised(shop, bike):
    scheme = make_scheme(budget_fen=60000)
    make_claim(scheme, state="checking")
    assert look(shop, bike, scheme=scheme).current.left_fen == 30000
    make_claim(scheme, state="eligible")
    found = look(shop, bike, scheme=scheme)
    assert found.current.left_fen == 0
    assert "no_money" in codes(found, Verdict.WARN)


def test_a_stages_own_cap_counts_too(shop, bike):
    found = look(shop, bike, scheme=make_scheme(caps=(20000, None, None)))
    assert found.current.left_fen == 20000
    assert "no_money" in codes(found, Verdict.WARN)


def waiting(scheme, *months):
    """Claims that stand in the queue, one for each month named."""
    for month in months:
        make_claim(scheme, completed_at=datetime(2022, month, 10, 12, tzinfo=NOW.tzinfo))


def test_those_who_wait_in_a_capped_stage_are_ahead_of_whoever_comes(shop, bike):
    scheme = make_scheme(caps=(90000, None, None))
    waiting(scheme, 6, 6)
    assert look(shop, bike, scheme=scheme).current.left_fen == 30000
    waiting(scheme, 6, 6)
    found = look(shop, bike, scheme=scheme)
    assert found.current.left_fen == 0
    assert "no_money" in codes(found, Verdict.WARN)


def test_those_whom_their_own_stages_cap_stops_take_nothing_from_another_stage(shop, bike):
    scheme = make_scheme(budget_fen=80000, caps=(30000, None, None))
    waiting(scheme, 6, 6, 6)
    found = look(shop, bike, scheme=scheme, day=date(2022, 7, 10))
    assert found.current.left_fen == 50000
    assert "no_money" not in codes(found)


def test_under_skip_whoever_does_not_fit_leaves_the_rest_to_smaller_amounts(shop, bike):
    for rule, left in (("strict", 0), ("skip", 20000)):
        with undone():
            scheme = make_scheme(budget_fen=50000, head_of_line=rule)
            waiting(scheme, 6, 6)
            assert look(shop, bike, scheme=scheme, day=date(2022, 7, 10)).current.left_fen == left


QUEUES = [(), (6,), (6, 6), (6, 6, 6), (6, 7), (6, 6, 7, 7), (6, 7, 8), (6, 6, 6, 7, 7, 8, 8)]
PURSES = [
    (50000, (None, None, None)),
    (70000, (30000, None, None)),
    (90000, (50000, 20000, None)),
    (60000, (30000, 30000, 10000)),
]


@pytest.mark.parametrize("rule", ["strict", "skip"])
@pytest.mark.parametrize(("budget", "caps"), PURSES)
def test_the_precheck_promises_money_exactly_where_the_allocator_gives_it(shop, bike, budget, caps, rule):
    for queue in QUEUES:
        with undone():
            month = max((6, *queue))
            scheme = make_scheme(budget_fen=budget, caps=caps, head_of_line=rule)
            waiting(scheme, *queue)
            found = look(shop, bike, scheme=scheme, day=date(2022, month, 20)).current
            at = datetime(2022, month, 20, 12, tzinfo=NOW.tzinfo)
            newcomer = make_claim(scheme, completed_at=at)
            allocate(scheme=scheme, now=datetime(2022, 9, 1, tzinfo=NOW.tzinfo))
            newcomer.refresh_from_db()
            assert (found.left_fen >= found.stage.amount_fen) is (newcomer.state == "settled"), queue


def plated_after(days):
    bought = datetime(2022, 6, 1, 10, tzinfo=NOW.tzinfo)
    TradeInFactory(purchased_at=bought, plated_at=bought + timedelta(days=days))


def test_near_the_end_of_a_stage_slow_plating_is_warned_of(shop, bike):
    for days in (1, 2, 3):
        plated_after(days)
    assert plating_days() == 3
    found = look(shop, bike, day=date(2022, 6, 29))
    (warning,) = [f for f in found.findings if f.code == "lower_stage"]
    assert "200 元" in warning.text
    assert "lower_stage" not in codes(look(shop, bike, day=JUNE_10))


def test_without_any_trade_in_nothing_is_foretold():
    assert plating_days() == 0
