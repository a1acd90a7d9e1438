"""Agent points are authorised and taken back by verbs: not twice, not for days that have passed, holding what is unpaid."""

from datetime import date, datetime, timedelta

import pytest

from core.audit.acting import acting
from core.models import AuditEntry
from ebikes.importing.pipeline import read_file
from merchants.models import AgentAuthorization
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.selectors.cases import load_cases
from subsidies.engine.checks import Result, assess
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.models import Claim, Hold
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.review.selectors.holds import open_holds
from subsidies.review.services.holds import clear_holds
from subsidies.shops.selectors.claims_by_state import InState
from subsidies.shops.selectors.unpaid import unpaid_of
from subsidies.shops.services.authorisations import (
    NoReason,
    NotAuthorised,
    Overlaps,
    Retroactive,
    Reversed,
    grant_authorisation,
    hold_late_arrivals,
    withdraw_authorisation,
)
from subsidies.shops.services.enabling import ChangesDecisions, enable_trade_in
from tests.console import put_in, refused, update
from tests.ebikes.files import trade_in_row, valid_uscc
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    TradeInFactory,
    UserFactory,
    make_answer,
    make_claim,
    make_scheme,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
REASON = "出借授权牌"


@laid
def manager():
    return UserFactory(username="manager")


@laid
def point():
    """Authorised since May, without an end."""
    return AgentPointFactory()


@laid
def scheme():
    return make_scheme()


def claim_at(scheme, point, state="eligible"):
    return make_claim(scheme, trade_in=TradeInFactory(agent_point=point), state=state)


def grant(point, by, starts_on=TODAY, ends_on=None):
    return grant_authorisation(point=point, starts_on=starts_on, ends_on=ends_on, by=by, now=NOW)


def withdraw(point, by, last_day=TODAY, reason=REASON):
    return withdraw_authorisation(point=point, last_day=last_day, reason=reason, by=by, now=NOW)


def held():
    return set(open_holds().values_list("claim", flat=True))


# ------------------------------------------------------------------ granting


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [(TODAY, None), (TODAY + timedelta(days=400), None), (TODAY, TODAY)],
)
def test_what_overlaps_is_not_granted(point, manager, starts_on, ends_on):
    with pytest.raises(Overlaps):
        grant(point, manager, starts_on, ends_on)
    assert point.authorizations.count() == 1


def test_nothing_is_granted_for_days_that_have_passed(manager):
    point = AgentPointFactory(authorised=False)
    with pytest.raises(Retroactive):
        grant(point, manager, TODAY - timedelta(days=1))
    assert not point.authorizations.exists()


def test_nothing_ends_before_it_begins(manager):
    point = AgentPointFactory(authorised=False)
    with pytest.raises(Reversed):
        grant(point, manager, TODAY, TODAY - timedelta(days=1))


def test_today_is_the_day_in_hangzhou(manager):
    point, late = AgentPointFactory(authorised=False), datetime.fromisoformat("2022-09-20T17:00:00+00:00")
    with pytest.raises(Retroactive):
        grant_authorisation(point=point, starts_on=date(2022, 9, 20), ends_on=None, by=manager, now=late)


def test_a_grant_is_written_down(manager):
    granted = grant(AgentPointFactory(authorised=False), manager)
    entry = AuditEntry.objects.get(action="decide", object_type="merchants.agentauthorization")
    assert (entry.by, entry.object_id) == (manager, str(granted.pk))


# ------------------------------------------------------------------ withdrawing


def test_a_withdrawal_says_why(point, manager):
    with pytest.raises(NoReason):
        withdraw(point, manager, reason=" ")
    assert point.authorizations.get().ends_on is None


def test_nothing_is_withdrawn_for_days_that_have_passed(point, manager):
    with pytest.raises(Retroactive):
        withdraw(point, manager, TODAY - timedelta(days=1))


@pytest.mark.parametrize("ends_on", [TODAY, TODAY - timedelta(days=30)])
def test_nothing_is_withdrawn_where_nothing_goes_on(point, manager, ends_on):
    point.authorizations.update(ends_on=ends_on)
    with pytest.raises(NotAuthorised):
        withdraw(point, manager)
    assert not Hold.objects.exists()


def test_the_same_withdrawal_a_second_time_finds_nothing(scheme, point, manager):
    claim_at(scheme, point)
    assert withdraw(point, manager) == 1
    with pytest.raises(NotAuthorised):
        withdraw(point, manager)
    assert Hold.objects.count() == 1


def test_a_withdrawal_ends_the_period_and_says_by_whom_and_why(point, manager):
    withdraw(point, manager, TODAY + timedelta(days=3))
    period = point.authorizations.get()
    assert (period.ends_on, period.withdrawn_by, period.withdrawal_reason, period.withdrawn_at) == (
        TODAY + timedelta(days=3),
        manager,
        REASON,
        NOW,
    )
    assert (
        AuditEntry.objects.get(action="decide", object_type="merchants.agentauthorization").detail["held"]
        == 0
    )


def test_a_period_that_would_begin_later_is_struck(point, manager):
    point.authorizations.update(ends_on=TODAY + timedelta(days=10))
    AgentAuthorization.objects.create(agent_point=point, starts_on=TODAY + timedelta(days=20))
    withdraw(point, manager)
    assert point.authorizations.get().ends_on == TODAY


UNPAID = "received checking needs_correction review eligible waitlisted settled on_notice objected approved"
NOT_ASKING = "paid recovering recovered refused cancelled"


@pytest.mark.parametrize("state", [*UNPAID.split(), "in_payout", "payout_failed", "payout_unknown"])
def test_whatever_is_unpaid_is_held(scheme, point, manager, state):
    claim = claim_at(scheme, point)
    put_in(claim, state)
    assert unpaid_of(point).by_state == (InState(state, 1, 30000),)
    assert withdraw(point, manager) == 1
    hold = Hold.objects.get()
    assert (hold.claim, hold.kind, hold.placed_by) == (claim, "authorization", manager)
    assert hold.evidence == {"point_no": point.point_no, "day": str(TODAY), "reason": REASON}


@pytest.mark.parametrize("state", NOT_ASKING.split())
def test_what_is_paid_or_ended_is_left_alone(scheme, point, manager, state):
    put_in(claim_at(scheme, point), state)
    assert unpaid_of(point).count == 0
    assert withdraw(point, manager) == 0
    assert not Hold.objects.exists()


def test_the_claims_of_other_points_are_left_alone(scheme, point, manager):
    mine, neighbour = claim_at(scheme, point), AgentPointFactory(merchant=point.merchant)
    claim_at(scheme, neighbour)
    withdraw(point, manager)
    assert held() == {mine.pk}


def test_the_claims_of_every_scheme_are_held(scheme, point, manager):
    assert {claim_at(each, point).pk for each in (scheme, make_scheme(year=2021))} == (
        withdraw(point, manager),
        held(),
    )[1]


def test_what_is_held_is_not_approved_and_keeps_place_and_money(scheme, point, manager):
    claim = claim_at(scheme, point)
    allocate(scheme=scheme, now=NOW)
    withdraw(point, manager)
    assert approve_claims(claims=scheme.claims.all(), by=UserFactory(), now=NOW) == 0
    claim.refresh_from_db()
    assert (claim.state, claim.amount_fen) == ("settled", 30000)


def test_whoever_decides_is_told_what_is_under_way_already(scheme, point):
    claim_at(scheme, point)
    allocate(scheme=scheme, now=NOW)
    approve_claims(claims=scheme.claims.all(), by=UserFactory(), now=NOW)
    (batch,) = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=UserFactory(), now=NOW).batches
    assert unpaid_of(point).under_way == 0
    release_payout(batch=batch, by=UserFactory(), now=NOW)
    assert (unpaid_of(point).under_way, unpaid_of(point).count, unpaid_of(point).fen) == (1, 1, 30000)


def test_what_was_collected_before_still_passes_its_check(scheme, point, manager):
    """A withdrawal is not retroactive: it holds, it does not refuse."""
    before, after = (
        make_claim(scheme, trade_in=TradeInFactory(agent_point=point, day=day), state="checking")
        for day in (TODAY, TODAY + timedelta(days=1))
    )
    for claim in (before, after):
        Claim.objects.filter(pk=claim.pk).update(
            **{f"{system}_answer": make_answer(claim.trade_in, system) for system in ("exing", "yunshenling")}
        )
    withdraw(point, manager)
    found = {claim: assess(case) for claim, case in load_cases([before.pk, after.pk])}
    assert found[before].results["point_not_authorised"] is Result.PASS
    assert found[after].results["point_not_authorised"] is Result.FAIL


def test_authorising_a_point_again_clears_nothing(scheme, point, manager):
    claim = claim_at(scheme, point)
    withdraw(point, manager)
    grant(point, manager, TODAY + timedelta(days=1))
    assert held() == {claim.pk}


def test_what_somebody_cleared_is_held_again_by_the_next_withdrawal(scheme, point, manager):
    claim_at(scheme, point)
    withdraw(point, manager)
    clear_holds(holds=open_holds(), by=UserFactory(), now=NOW, note="已核实")
    grant(point, manager, TODAY + timedelta(days=1))
    assert withdraw(point, manager, TODAY + timedelta(days=1)) == 1


# ------------------------------------------------------------------ what comes in later


@pytest.fixture
def batch(make_batch):
    return make_batch()


def late(scheme, point, batch, state="received"):
    return make_claim(scheme, trade_in=TradeInFactory(agent_point=point, batch=batch), state=state)


def test_a_record_that_comes_in_after_the_withdrawal_is_held_too(scheme, point, manager, batch):
    withdraw(point, manager)
    claim = late(scheme, point, batch)
    late(scheme, AgentPointFactory(), batch)
    assert hold_late_arrivals(batch_id=batch.pk, now=NOW) == 1
    assert held() == {claim.pk}
    assert Hold.objects.get().evidence["reason"] == REASON


def test_not_once_the_point_is_authorised_again(scheme, point, manager, batch):
    withdraw(point, manager)
    grant(point, manager, TODAY + timedelta(days=1))
    late(scheme, point, batch)
    assert hold_late_arrivals(batch_id=batch.pk, now=NOW) == 0


@pytest.mark.parametrize(("ends_on", "count"), [("2022-12-31", 1), ("2022-05-31", 1), ("", 0)])
def test_a_file_that_shortens_an_authorisation_holds_too(scheme, manager, tmp_path, ends_on, count):
    point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    claim_at(scheme, point)
    path = tmp_path / "points.csv"
    path.write_text(
        "代办点编号,商户统一社会信用代码,授权起,授权止\n"
        f"{point.point_no},{point.merchant.uscc},2022-05-01,{ends_on}\n"
        f"GS-DB-NEW,{point.merchant.uscc},2022-05-01,2022-06-30\n"
    )
    batch = read_file(path, kind="agent_points", by=manager, now=NOW, progress=print)
    confirm_import(batch=batch, by=UserFactory(), now=NOW)
    assert Hold.objects.count() == count


def test_a_new_trade_in_from_a_withdrawn_point_is_held_on_its_way_in(scheme, manager, tmp_path):
    point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    withdraw(point, manager)
    path, row = tmp_path / "6月.csv", trade_in_row(point)
    path.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    confirm_import(
        batch=read_file(path, kind="trade_ins", by=manager, now=NOW, progress=print),
        by=manager,
        now=NOW,
    )
    assert held() == {scheme.claims.get().pk}


# ------------------------------------------------------------------ past the verbs


@pytest.mark.parametrize("change", ["ends_on = NULL", "ends_on = '2023-01-01'", "withdrawal_reason = 'x'"])
def test_a_withdrawal_stands(point, manager, change):
    withdraw(point, manager)
    assert refused(update(point.authorizations.get(), change), because="it stands as it is")


def test_a_withdrawn_period_is_kept(point, manager):
    withdraw(point, manager)
    assert refused("DELETE FROM merchants_agentauthorization", because="it stands as it is")


@pytest.mark.parametrize(
    "change",
    ["withdrawn_at = now()", "withdrawal_reason = 'x'", "withdrawn_at = now(), withdrawal_reason = 'x'"],
)
def test_nobody_withdraws_without_a_name_and_a_reason(point, change):
    because = "a_withdrawal_has_an_end_a_person_and_a_reason"
    assert refused(update(point.authorizations.get(), f"ends_on = '2022-12-31', {change}"), because=because)


# ------------------------------------------------------------------ enabling a merchant


def enable(point, by, day):
    enable_trade_in(merchant=point.merchant, on=day, by=by, now=NOW)
    point.merchant.refresh_from_db()
    return point.merchant.trade_in_enabled_on


def test_the_day_is_not_moved_behind_a_sale_that_was_found_eligible(scheme, point, manager):
    claim_at(scheme, point)  # bought on 10 June
    with pytest.raises(ChangesDecisions):
        enable(point, manager, date(2022, 6, 11))
    assert enable(point, manager, date(2022, 6, 10)) == date(2022, 6, 10)


@pytest.mark.parametrize("state", ["received", "refused", "cancelled"])
def test_it_may_move_where_nothing_was_decided_by_it(scheme, point, manager, state):
    put_in(claim_at(scheme, point), state)
    assert enable(point, manager, date(2022, 7, 1)) == date(2022, 7, 1)


EARLIER = date(2022, 1, 1)


def test_to_an_earlier_day_it_moves_when_another_person_says_the_same(scheme, point, manager):
    claim_at(scheme, point)
    assert enable(point, manager, EARLIER) == date(2022, 3, 1)
    assert enable(point, UserFactory(), EARLIER) == EARLIER
    assert (
        AuditEntry.objects.get(action="decide", object_type="merchants.merchant").detail["before"]
        == "2022-03-01"
    )


def test_the_same_person_twice_is_not_another_nor_is_who_says_another_day(point, manager):
    assert enable(point, manager, EARLIER) == date(2022, 3, 1)
    assert enable(point, manager, EARLIER) == date(2022, 3, 1)
    assert enable(point, UserFactory(), date(2022, 1, 2)) == date(2022, 3, 1)


def test_the_database_takes_an_earlier_day_from_two_people_alone(point, manager):
    shop, other = point.merchant, UserFactory()
    day = update(shop, "trade_in_enabled_on = '2022-01-01'")
    with acting("enable_trade_in", by=manager, now=NOW):
        assert refused(day, because="takes two people")
        assert refused(
            update(shop, f"earlier_on = '2022-01-01', earlier_by_id = {other.pk}"), because="own name"
        )
    enable(point, manager, EARLIER)
    with acting("enable_trade_in", by=manager, now=NOW):
        assert refused(day, because="takes two people")
