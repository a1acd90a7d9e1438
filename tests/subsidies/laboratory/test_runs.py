"""A replay: the facts where nothing is changed, who wins and loses where something is, nobody named, the same once more."""

import json
from datetime import date, timedelta

import pytest

from subsidies.allocation.services.allocate import allocate
from subsidies.claims.services.undo import cancel_claims
from subsidies.laboratory.services import runs
from subsidies.laboratory.services.runs import Busy, Faulty, NotReady, ask_to_repeat, work_on_run
from subsidies.models import Claim, ClaimEvent, LaboratoryRun, LedgerEntry
from tests.console import refused
from tests.factories import (
    NOW,
    TradeInFactory,
    UserFactory,
    change_policy,
    local,
    make_claim,
    make_scheme,
    top_up,
)
from tests.subsidies.laboratory.conftest import asked, ready, variant
from tests.subsidies.laboratory.replays import gone_through, in_fact, misses

pytestmark = pytest.mark.django_db
NOBODY = [0, 0]


def found(scheme, **differs):
    """What one variant came to."""
    return ready(scheme, variant(scheme, **differs)).result["variants"][0]


def test_the_real_rules_give_what_really_happened(scheme):
    run = ready(scheme, variant(scheme))
    whole = run.result["variants"][0]["whole"]
    assert whole == {
        "real": [2, 60_000],
        "got": [2, 60_000],
        **dict.fromkeys(("gained", "lost", "more", "less"), NOBODY),
    }
    assert run.result["control"]["off"] == 0
    assert {name: run.result["real"][name] for name in ("last_on", "first_waiting_on", "waiting")} == {
        "last_on": "2022-06-11",
        "first_waiting_on": "2022-06-20",
        "waiting": 2,
    }


def test_money_that_came_in_the_moment_of_a_walk_came_after_it(scheme):
    """A walk in which somebody only was put to wait has no row in the ledger that says what came before."""
    at = local("2022-06-25 12:00:00")
    make_claim(scheme, trade_in=TradeInFactory(plated_at=at, day=at.date()), completed_at=at)
    later = NOW + timedelta(seconds=1)
    allocate(scheme=scheme, now=later)
    top_up(scheme, 60_000, now=later)
    assert misses(scheme) == {}


def test_with_more_money_those_who_waited_gain_by_street_stage_and_week(scheme):
    more = found(scheme, budget_fen=110_000)
    assert more["whole"]["gained"] == [2, 50_000]
    assert {street: group["gained"] for street, group in more["streets"].items()} == {
        "湖墅": NOBODY,
        "米市巷": [2, 50_000],
    }
    assert {no: group["gained"] for no, group in more["stages"].items()} == {
        "1": [1, 30_000],
        "2": [1, 20_000],
    }
    assert more["weeks"] == {"2022-06-06": 60_000, "2022-06-20": 30_000, "2022-07-04": 20_000} | {
        "2022-06-20": 30_000
    }
    assert (more["left_fen"], more["first_waiting_on"], more["last_on"]) == (0, None, "2022-07-05")


def test_smaller_amounts_reach_further_and_take_from_those_who_had_more(scheme):
    less = found(scheme, stages={1: {"amount_fen": 15_000}, 2: {"amount_fen": 15_000}})
    assert (less["whole"]["gained"], less["whole"]["less"], less["whole"]["lost"]) == (
        [2, 30_000],
        [2, 30_000],
        NOBODY,
    )


def test_under_another_queue_rule_a_smaller_claim_passes_those_that_do_not_fit(scheme):
    skip = found(scheme, budget_fen=50_000, head_of_line="skip")
    assert (skip["whole"]["lost"], skip["whole"]["gained"]) == ([1, 30_000], [1, 20_000])
    strict = found(scheme, budget_fen=50_000)
    assert (strict["whole"]["lost"], strict["whole"]["gained"], strict["left_fen"]) == (
        [1, 30_000],
        NOBODY,
        20_000,
    )


def test_a_cap_of_a_stage_stops_that_stage_and_leaves_the_money_to_the_next(scheme):
    capped = found(scheme, stages={1: {"cap_fen": 30_000}})
    assert (capped["whole"]["lost"], capped["whole"]["gained"]) == ([1, 30_000], [1, 20_000])
    assert capped["stages"]["1"]["lost"] == [1, 30_000]


def test_other_dates_put_a_claim_into_another_stage_or_none(scheme):
    july = found(scheme, stages={1: {"ends_on": date(2022, 6, 10)}, 2: {"starts_on": date(2022, 6, 11)}})
    assert july["whole"]["less"] == [1, 10_000]
    assert {no: (group["gained"], group["lost"]) for no, group in july["stages"].items()} == {
        "1": (NOBODY, [1, 30_000]),
        "2": ([1, 20_000], NOBODY),
    }
    gap = found(scheme, stages={1: {"starts_on": date(2022, 6, 11)}})
    assert (gap["refused"], gap["whole"]["lost"], gap["whole"]["gained"]) == (1, [1, 30_000], [1, 30_000])


def test_the_years_after_filing_are_judged_by_the_variant(scheme):
    strict = found(scheme, filed_years_limit=4)  # filed on 1 June 2018
    assert (strict["refused"], strict["whole"]["lost"], strict["whole"]["gained"]) == (4, [2, 60_000], NOBODY)


def test_whoever_had_had_enough_comes_in_under_another_cap_per_person(scheme):
    owner = Claim.objects.filter(scheme=scheme).first().owner
    make_claim(scheme, owner=owner, completed_at=local("2022-06-11 09:00:00"))
    allocate(scheme=scheme, now=local("2022-09-20 10:00:00"))
    assert misses(scheme) == {}
    assert found(scheme, budget_fen=90_000)["whole"]["gained"] == [1, 30_000]
    free = found(scheme, budget_fen=90_000, per_person_cap=None)
    assert (free["whole"]["gained"], free["refused"]) == ([1, 30_000], 0)


def test_what_a_variant_leaves_alone_is_as_each_version_had_it(scheme):
    change_policy(scheme, stages={2: {"amount_fen": 12_000}}, now=local("2022-09-21 09:00:00"))
    make_claim(scheme, completed_at=local("2022-07-06 12:00:00"))
    allocate(scheme=scheme, now=local("2022-09-21 10:00:00"))
    more = found(scheme, budget_fen=200_000)
    assert more["whole"]["gained"] == [3, 30_000 + 20_000 + 12_000]


def test_who_withdrew_withdraws_there_too(scheme):
    waiting = Claim.objects.filter(state="waitlisted")
    cancel_claims(scheme=scheme, claims=waiting, by=UserFactory(), now=local("2022-09-21 09:00:00"))
    assert found(scheme, budget_fen=200_000)["whole"]["gained"] == NOBODY
    assert found(scheme, budget_fen=200_000)["left_fen"] == 140_000


def test_a_scheme_without_any_claim_has_nothing_to_tell():
    run = ready(scheme := make_scheme(), variant(scheme, budget_fen=5_000_000))
    assert (run.state, run.result["variants"][0]["whole"]["got"], run.result["real"]["last_on"]) == (
        "ready",
        NOBODY,
        None,
    )


def test_nobody_is_named_and_nothing_is_moved(scheme):
    before = in_fact(scheme), ClaimEvent.objects.count(), LedgerEntry.objects.count()
    run = ready(scheme, variant(scheme, budget_fen=110_000))
    assert (in_fact(scheme), ClaimEvent.objects.count(), LedgerEntry.objects.count()) == before
    kept = json.dumps([run.result, run.inputs, run.variants], ensure_ascii=False)
    for claim in Claim.objects.select_related("trade_in"):
        record = claim.trade_in
        for secret in (record.owner_name, record.phone[3:], record.record_no, record.filing_plate_no):
            assert secret not in kept


def test_gone_through_again_it_comes_to_the_same_also_after_more_has_happened(scheme):
    run = ready(scheme, variant(scheme, budget_fen=110_000))
    make_claim(scheme, completed_at=local("2022-06-01 12:00:00"))
    allocate(scheme=scheme, now=local("2022-09-22 10:00:00"))
    assert gone_through(scheme) == in_fact(scheme)
    ask_to_repeat(run=run, by=UserFactory(), now=NOW)
    work_on_run(run_id=run.pk, clock=lambda: NOW)
    run.refresh_from_db()
    assert (run.repeated_digest, run.repeated_at) == (run.digest, NOW)
    assert ready(scheme, variant(scheme, budget_fen=110_000)).digest != run.digest


def test_a_message_too_many_changes_nothing(scheme):
    run = ready(scheme, variant(scheme))
    before = LaboratoryRun.objects.values().get(pk=run.pk)
    work_on_run(run_id=run.pk, clock=lambda: local("2023-01-01 00:00:00"))
    assert LaboratoryRun.objects.values().get(pk=run.pk) == before


# ------------------------------------------------------------------ refusals


def test_rules_that_could_never_be_are_refused_with_every_reason(scheme):
    bad = variant(scheme, budget_fen=-5, per_person_cap=0, stages={1: {"ends_on": date(2022, 7, 2)}})
    with pytest.raises(Faulty) as refusal:
        asked(scheme, variant(scheme), bad)
    first, second = refusal.value.faults
    assert first == []
    assert {fault.field for fault in second} == {"per_person_cap", "starts_on", "budget_fen"}
    assert not LaboratoryRun.objects.exists()


@pytest.mark.parametrize("count", [0, 3])
def test_a_run_has_one_variant_or_two(scheme, count):
    with pytest.raises(ValueError, match="one variant or two"):
        asked(scheme, *[variant(scheme)] * count)


def test_nobody_has_more_than_three_waiting(scheme):
    person = UserFactory()
    for _n in range(3):
        asked(scheme, variant(scheme), by=person)
    with pytest.raises(Busy):
        asked(scheme, variant(scheme), by=person)
    asked(scheme, variant(scheme))


def test_what_is_not_ready_is_not_gone_through_again(scheme):
    with pytest.raises(NotReady):
        ask_to_repeat(run=asked(scheme, variant(scheme)), by=UserFactory(), now=NOW)


def test_what_goes_wrong_ends_in_a_sentence(scheme, monkeypatch, caplog):
    run = asked(scheme, variant(scheme))
    monkeypatch.setattr(runs, "read_history", lambda *args: 1 / 0)
    work_on_run(run_id=run.pk, clock=lambda: NOW)
    run.refresh_from_db()
    assert (run.state, "意外错误" in run.failure) == ("failed", True)
    assert "could not be gone through" in caplog.text


def test_a_run_that_takes_its_workers_down_is_given_up(scheme):
    run = asked(scheme, variant(scheme))
    LaboratoryRun.objects.filter(pk=run.pk).update(attempts=3)
    work_on_run(run_id=run.pk, clock=lambda: NOW)
    run.refresh_from_db()
    assert run.state == "failed"


def test_the_database_keeps_what_was_asked_and_found(scheme):
    ready(scheme, variant(scheme))
    for change in (
        "variants = '[]'",
        "result = '{}', digest = 'x'",
        "digest = '', result = NULL, state = 'waiting'",
    ):
        assert refused(
            f"UPDATE subsidies_laboratoryrun SET {change}", because="as it was asked for and found"
        )
    assert refused("DELETE FROM subsidies_laboratoryrun", because="is refused")
