"""What a person should look at: each signal from its threshold on, and not a step before; held once and for good."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.privacy.sealing import blind_index
from ebikes.models import TradeInPhoto
from subsidies.actions.services.staff_actions import ACTIONS, preview
from subsidies.allocation.services.allocate import allocate
from subsidies.claims.services.change_payee import change_payee
from subsidies.models import Claim, Hold, SignalSweep
from subsidies.payouts.services.payouts import approve_claims
from subsidies.review.selectors.holds import open_holds
from subsidies.review.selectors.looked_at import not_looked_at
from subsidies.review.services.holds import clear_holds
from subsidies.review.services.sweep_signals import sweep_signals
from tests.console import put_in, tamper
from tests.factories import (
    NOW,
    AgentPointFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    local,
    make_answer,
    make_claim,
    make_scheme,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db
K = Hold.Kind


@laid
def scheme():
    return make_scheme()


def sweep(now=NOW, **more):
    return sweep_signals(now=now, **more)


def kinds(claim):
    return set(claim.holds.values_list("kind", flat=True))


def evidence(claim, kind):
    return claim.holds.get(kind=kind).evidence


def claims_with(scheme, count, **trade_in):
    return [make_claim(scheme, trade_in=TradeInFactory(**trade_in)) for _ in range(count)]


# ------------------------------------------------------------------ the record and the systems


def answered(scheme, *, exing=None, plate=None, **trade_in):
    """A claim with both answers, which agree with its record but for these facts."""
    record = TradeInFactory(**trade_in)
    claim = make_claim(scheme, trade_in=record)
    told = {name: getattr(record, name).isoformat() for name in ("deregistered_at", "collected_at")}
    point = record.agent_point.point_no
    answers = (
        make_answer(
            record, "exing", **{"status": "已注销", "agent_point_no": point, **told, **(exing or {})}
        ),
        make_answer(
            record,
            "yunshenling",
            **{
                "vehicle_code": record.vehicle_code,
                "plated_at": record.plated_at.isoformat(),
                **(plate or {}),
            },
        ),
    )
    Claim.objects.filter(pk=claim.pk).update(exing_answer=answers[0], yunshenling_answer=answers[1])
    return claim


PLATED = local("2022-06-10 12:00:00")


@pytest.mark.parametrize(
    ("told", "fires"),
    [
        (PLATED, False),
        (PLATED + timedelta(hours=24), False),
        (PLATED + timedelta(hours=24, seconds=1), True),
        (PLATED - timedelta(hours=24, seconds=1), True),
        (PLATED - timedelta(hours=24), False),
    ],
)
def test_a_time_that_differs_by_more_than_a_day_is_noticed(scheme, told, fires):
    claim = answered(scheme, plate={"plated_at": told.isoformat()})
    assert sweep() == int(fires)
    if fires:
        record, said = evidence(claim, K.MISMATCH)["differs"]["plated_at"]
        assert record.startswith("2022-06-10")
        assert said.startswith(told.astimezone(NOW.tzinfo).strftime("%Y-%m-%dT%H:%M:%S"))


@pytest.mark.parametrize(("earlier", "fires"), [(47, False), (49, True)])
def test_a_date_without_a_time_may_be_a_day_further_off(scheme, earlier, fires):
    end = local("2022-06-10 23:59:59")
    told = (end - timedelta(hours=earlier)).isoformat()
    answered(scheme, plated_at=end, day_only=["plated_at"], plate={"plated_at": told})
    assert sweep() == int(fires)


def test_another_agent_point_is_noticed(scheme):
    claim = answered(scheme, exing={"agent_point_no": "GS-DB-9999"})
    answered(scheme, exing={"agent_point_no": ""})
    assert sweep() == 1
    assert evidence(claim, K.MISMATCH)["differs"] == {
        "agent_point": [claim.trade_in.agent_point.point_no, "GS-DB-9999"]
    }


@pytest.mark.parametrize(
    ("remark", "fires"),
    [
        ("实为123422299999999", True),
        ("{own}", False),
        ("1234222999999990", False),
        ("", False),
    ],
)
def test_another_vehicle_code_in_the_remark_is_noticed(scheme, remark, fires):
    code = "123422200000001"
    answered(scheme, vehicle_code=code, remark=remark.format(own=code))
    assert sweep() == int(fires)


def test_what_nobody_looked_at_is_not_approved(scheme):
    """Whoever keeps the look away, or is quicker than it, finds nobody who can approve."""
    first = answered(scheme)
    sweep()
    second = answered(scheme)
    allocate(scheme=scheme, now=NOW)
    approve = {"claims": scheme.claims.all(), "by": UserFactory(), "now": NOW}
    told = preview(ACTIONS["approve"], scheme.claims.all(), by=approve["by"])
    assert (told.moves, told.left) == (1, {"not_looked_at": 1})
    assert approve_claims(**approve) == 1
    first.refresh_from_db()
    assert first.state == "approved"
    sweep(now=NOW + timedelta(minutes=10))
    assert approve_claims(**approve) == 1
    second.refresh_from_db()
    assert second.state == "approved"


def test_another_payee_is_looked_at_before_the_claim_is_approved(scheme):
    claim = answered(scheme)
    sweep()
    allocate(scheme=scheme, now=NOW)
    change_payee(claim=claim, cells={"phone": "13812345678"}, by=UserFactory(), now=NOW)
    clear_holds(holds=claim.holds.all(), by=UserFactory(), now=NOW, note="已核实")
    approve = {"claims": scheme.claims.all(), "by": UserFactory(), "now": NOW}
    assert approve_claims(**approve) == 0
    sweep(now=NOW + timedelta(minutes=10))
    assert approve_claims(**approve) == 1


@pytest.mark.parametrize(("name", "fires"), [("王小芳", False), ("王晓芳", True), ("王*芳", False)])
def test_another_name_than_the_register_has_is_noticed_and_not_written_down(scheme, name, fires):
    claim = answered(scheme, owner_name=name)
    assert sweep() == int(fires)
    if fires:
        assert evidence(claim, K.MISMATCH)["differs"] == {"owner_name": [None, None]}


def test_before_the_systems_have_answered_nothing_differs(scheme):
    make_claim(scheme, state="checking")
    assert sweep() == 0


# ------------------------------------------------------------------ the same thing, many owners


@pytest.mark.parametrize(("kind", "field"), [(K.SHARED_PHONE, "phone"), (K.SHARED_WALLET, "wallet")])
def test_what_three_owners_share_is_noticed_and_what_two_share_is_not(scheme, kind, field):
    shared = {f"{field}_index": blind_index("138", context=field)}
    claims = claims_with(scheme, 2, **shared)
    assert sweep() == 0
    claims += claims_with(scheme, 1, **shared)
    assert sweep() == 3
    assert [kinds(claim) for claim in claims] == [{kind}] * 3
    assert evidence(claims[0], kind) == {"owners": 3, "claims": 3}


def test_one_owner_with_three_bikes_shares_with_nobody(scheme):
    shared = {"phone_index": blind_index("138", context="phone"), "owner": OwnerFactory()}
    claims_with(scheme, 3, **shared)
    assert sweep() == 0


def test_those_who_withdrew_do_not_count(scheme):
    claims = claims_with(scheme, 3, phone_index=b"\1" * 16)
    put_in(claims[0], "cancelled")
    assert sweep() == 0


def test_what_is_paid_counts_and_is_not_held(scheme):
    claims = claims_with(scheme, 3, phone_index=b"\1" * 16)
    put_in(claims[0], "paid")
    assert sweep() == 2
    assert [kinds(claim) for claim in claims] == [set(), {K.SHARED_PHONE}, {K.SHARED_PHONE}]


def redirect(claim, wallet):
    change_payee(claim=claim, cells={"wallet_no": wallet}, by=UserFactory(), now=NOW)


SHARED_WALLET, OWN_WALLET = "6217000011112222", "6217000011113333"


def test_a_wallet_that_was_put_in_later_is_shared_as_well(scheme):
    claims = claims_with(scheme, 3, wallet_index=blind_index(SHARED_WALLET, context="wallet_no"))
    claims += claims_with(scheme, 1)
    sweep()
    redirect(claims[3], SHARED_WALLET)
    assert sweep(NOW + timedelta(hours=2)) == 1
    assert evidence(claims[3], K.SHARED_WALLET) == {"owners": 4, "claims": 4}


def test_three_payments_led_to_one_wallet_are_noticed_though_no_record_names_it(scheme):
    claims = claims_with(scheme, 3)
    for claim in claims:
        assert sweep() == 0
        redirect(claim, SHARED_WALLET)
    assert sweep() == 3


def test_who_was_given_another_wallet_shares_no_longer(scheme):
    claims = claims_with(scheme, 3, wallet_index=blind_index(SHARED_WALLET, context="wallet_no"))
    redirect(claims[0], OWN_WALLET)
    assert sweep() == 0


def test_only_the_newest_wallet_counts(scheme):
    claims = claims_with(scheme, 3)
    for claim in claims:
        redirect(claim, SHARED_WALLET)
    redirect(claims[0], OWN_WALLET)
    assert sweep() == 0


def photo(claim, digest, name):
    TradeInPhoto.objects.create(
        kind="invoice",
        trade_in=claim.trade_in,
        name=name,
        digest=digest,
        width=1,
        height=1,
        added_by=UserFactory(),
        added_at=NOW,
    )


def test_one_photo_in_two_records_is_noticed_and_twice_in_one_is_not(scheme):
    one, other = make_claim(scheme), make_claim(scheme)
    photo(one, "a", "1")
    photo(one, "a", "2")
    photo(other, "b", "3")
    assert sweep() == 0
    photo(other, "a", "4")
    assert sweep(NOW + timedelta(hours=2)) == 2
    numbers = sorted(claim.trade_in.record_no for claim in (one, other))
    assert evidence(one, K.REUSED_PHOTO) == {"records": 2, "record_nos": numbers}


# ------------------------------------------------------------------ in a short time


def at_point(scheme, moments, point=None, **more):
    point = point or AgentPointFactory()
    return [
        make_claim(scheme, completed_at=at, trade_in=TradeInFactory(agent_point=point, plated_at=at, **more))
        for at in moments
    ]


def every(minutes, count):
    return [PLATED + timedelta(minutes=minutes * n) for n in range(count)]


def test_ten_within_half_an_hour_are_a_burst_and_nine_are_none(scheme):
    nine = at_point(scheme, every(3, 9))
    late = PLATED + timedelta(hours=3)
    ten = at_point(scheme, [*every(3, 10), late])
    assert sweep() == 10
    assert not any(kinds(claim) for claim in nine)
    assert [kinds(claim) for claim in ten] == [{K.BURST}] * 10 + [set()]
    point = ten[0].trade_in.agent_point.point_no
    assert evidence(ten[0], K.BURST) == {"agent_point": point, "claims": 10, "minutes": 30}


def test_ten_in_more_than_half_an_hour_are_none(scheme):
    at_point(scheme, every(3.5, 10))
    assert sweep() == 0


@pytest.mark.parametrize("late", [-3, 13, 27], ids=["the first", "in the middle", "the last"])
def test_a_record_that_comes_in_late_completes_a_burst_of_earlier_ones(scheme, late):
    start = local("2022-06-10 12:19:00")  # across half past, where a slot ends
    before = at_point(scheme, [start + timedelta(minutes=3 * n) for n in range(9)])
    sweep()
    assert sweep(NOW + timedelta(hours=2)) == 0
    at_point(scheme, [start + timedelta(minutes=late)], before[0].trade_in.agent_point)
    assert sweep(NOW + timedelta(hours=4)) == 10


def test_two_points_are_not_one(scheme):
    for _ in range(2):
        at_point(scheme, every(3, 5))
    assert sweep() == 0


def test_dates_without_a_time_are_no_burst(scheme):
    at_point(scheme, [local("2022-06-10 23:59:59")] * 12, day_only=["plated_at"])
    assert sweep() == 0


def test_a_merchants_last_days_are_noticed_and_only_those(scheme):
    usual = [local(f"2022-06-{day:02} 10:00:00") for day in (5, 15)]
    rush = [local(f"2022-06-{day} {10 + n}:00:00") for day in (29, 30) for n in range(3)]
    claims = at_point(scheme, [*usual, *rush])
    for day in range(1, 31):
        at_point(scheme, [local(f"2022-06-{day:02} 10:00:00")])
    assert sweep() == 6
    assert [kinds(claim) for claim in claims] == [set()] * 2 + [{K.CUT_OFF}] * 6
    found = evidence(claims[-1], K.CUT_OFF)
    assert (found["stage"], found["first"], found["last"], found["claims"]) == (
        1,
        "2022-06-28",
        "2022-06-30",
        6,
    )


def test_one_fewer_is_no_cluster(scheme):
    rush = [local(f"2022-06-30 {9 + n:02}:00:00") for n in range(5)]
    at_point(scheme, [local("2022-06-05 10:00:00"), *rush])
    for day in range(1, 31):
        at_point(scheme, [local(f"2022-06-{day:02} 10:00:00")])
    assert sweep() == 0


# ------------------------------------------------------------------ the sweep


def test_a_second_sweep_holds_nothing_anew(scheme):
    claims_with(scheme, 3, phone_index=b"\1" * 16)
    assert [sweep(), sweep(), sweep(NOW + timedelta(hours=2)), sweep(whole=True)] == [3, 0, 0, 0]
    assert Hold.objects.count() == 3


def test_what_a_person_cleared_stays_cleared(scheme):
    claims_with(scheme, 3, phone_index=b"\1" * 16)
    sweep()
    clear_holds(holds=open_holds(), by=UserFactory(), now=NOW, note="同一家人")
    assert sweep(whole=True) == 0


def test_a_late_comer_holds_those_who_came_long_before(scheme):
    claims_with(scheme, 2, wallet_index=b"\1" * 16)
    assert sweep() == 0
    assert sweep(NOW + timedelta(hours=2)) == 0
    claims_with(scheme, 1, wallet_index=b"\1" * 16)
    assert sweep(NOW + timedelta(hours=4)) == 3


def test_what_was_seen_an_hour_ago_is_not_looked_at_again_but_by_the_whole_sweep(scheme, settings):
    claims_with(scheme, 2, phone_index=b"\1" * 16)
    sweep()
    settings.SIGNALS = settings.SIGNALS | {"owners_sharing": 2}
    assert sweep(NOW + timedelta(minutes=59)) == 2
    settings.SIGNALS = settings.SIGNALS | {"burst_count": 1}
    assert sweep(NOW + timedelta(hours=2)) == 0
    assert sweep(NOW + timedelta(hours=3), whole=True) == 2


def test_whoever_moves_on_how_far_the_look_has_come_stops_approvals_until_all_was_looked_at(
    scheme, settings, caplog
):
    claims_with(scheme, 2, phone_index=b"\1" * 16)
    sweep()
    settings.SIGNALS = settings.SIGNALS | {"owners_sharing": 2}
    late = NOW + timedelta(hours=2)
    assert Claim.objects.filter(not_looked_at()).count() == 0
    tamper("UPDATE subsidies_signalsweep SET last_payee = 1000000")
    assert Claim.objects.filter(not_looked_at()).count() == Claim.objects.count()
    assert sweep(late) == 2
    assert Claim.objects.filter(not_looked_at()).count() == 0
    assert "alarm: how far the look for doubts has come was changed" in caplog.text


def test_old_marks_are_swept_up(scheme):
    for hours in range(8):
        sweep(NOW + timedelta(hours=hours))
    assert SignalSweep.objects.count() <= 3


def test_a_sweep_costs_the_same_for_three_and_for_thirty(scheme):
    costs = []
    sweep()
    for count in (3, 27):
        claims_with(scheme, count, phone_index=b"\1" * 16)
        with CaptureQueriesContext(connection) as queries:
            sweep(NOW + timedelta(hours=2 * count))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_nobody_is_given_away_by_the_evidence(scheme):
    answered(scheme, owner_name="王晓芳")
    claims_with(scheme, 3, phone_index=b"\1" * 16)
    sweep()
    text = str(list(Hold.objects.values_list("evidence", flat=True)))
    assert "王" not in text
    assert "138" not in text
