"""The database's own guards on claims, tried with plain SQL, as somebody with a console would."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from core.audit.acting import acting
from subsidies.models import ClaimEvent
from subsidies.states import (
    DECIDABLE,
    ENDED,
    GRANTED,
    KEPT,
    MOVES,
    ON_THE_WAY,
    OPEN,
    PENDING,
    RESERVED,
    SPENT,
    ClaimState,
)
from tests.console import ANOTHER_CLAIM, forbidden, put_in, refused, sql, update
from tests.factories import NOW, UserFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ the table of moves


def test_the_table_in_the_database_is_the_table_in_python():
    with connection.cursor() as cursor:
        cursor.execute("SELECT from_state, to_state FROM subsidies_claim_move")
        rows = cursor.fetchall()
    assert sorted(rows) == sorted((a.value, b.value) for a, targets in MOVES.items() for b in targets)


def test_every_state_is_in_the_table_and_in_one_group():
    assert set(MOVES) == set(ClaimState)
    assert sorted([*OPEN, *RESERVED, *SPENT, *ENDED]) == sorted(ClaimState)
    assert set(PENDING) < set(OPEN)


def test_the_guards_speak_of_the_same_states_as_the_code():
    """Every list of claim states in the SQL of the rooms is one of the sets that have a name."""
    named = {
        frozenset(each)
        for each in (PENDING, OPEN, RESERVED, ON_THE_WAY, SPENT, KEPT, ENDED, GRANTED, DECIDABLE)
    }
    found = [
        (path.name, states)
        for path in Path(settings.BASE_DIR, "subsidies").glob("*/sql/*.sql")
        for listed in re.findall(r"\bIN \(((?:'\w+',?\s*){3,})\)", path.read_text())
        if (states := frozenset(re.findall(r"'(\w+)'", listed))) <= set(ClaimState)
    ]
    assert len(found) >= 2
    assert [each for each in found if each[1] not in named] == []


def test_whoever_ended_stays_ended():
    assert [state for state in ClaimState if not MOVES[state]] == [ClaimState.CANCELLED, ClaimState.RECOVERED]
    assert MOVES[ClaimState.REFUSED] == (ClaimState.CHECKING,)  # by paper alone: tests/subsidies/papers


@pytest.mark.parametrize("here", list(ClaimState))
def test_a_claim_moves_along_the_table_and_nowhere_else(here):
    claim = make_claim(make_scheme())
    put_in(claim, here)
    for there in set(ClaimState) - {here}:
        if there in MOVES[here] and ClaimState.RECOVERING in (here, there):
            move = update(claim, f"state = '{there}'")
            assert refused(move, because="by its recovery alone")  # tests/subsidies/recoveries
        elif (here, there) == (ClaimState.REFUSED, ClaimState.CHECKING):
            assert refused(update(claim, "state = 'checking'"), because="only a confirmed paper")
        elif there in MOVES[here]:
            assert sql("UPDATE subsidies_claim SET state = %s WHERE id = %s", there, claim.pk) == 1
            put_in(claim, here)
        else:
            assert refused(
                "UPDATE subsidies_claim SET state = %s WHERE id = %s",
                there,
                claim.pk,
                because=f"may not move from {here} to {there}",
            )


def test_one_illegal_move_among_many_stops_all_of_them():
    scheme = make_scheme()
    fine, ended = make_claim(scheme), make_claim(scheme)
    put_in(ended, "cancelled")
    assert refused("UPDATE subsidies_claim SET state = 'settled'", because="may not move from cancelled")
    fine.refresh_from_db()
    assert fine.state == "eligible"


@pytest.mark.parametrize("state", sorted(set(ClaimState) - {"received", "refused"}))
def test_a_claim_does_not_begin_in_the_middle(state):
    old, clerk = make_claim(make_scheme()), UserFactory()
    put_in(old, "cancelled")
    assert refused(ANOTHER_CLAIM, state, clerk.pk, old.pk, because=f"does not begin as {state}")
    assert sql(ANOTHER_CLAIM, "received", None, old.pk) == 1


def test_a_state_that_does_not_exist_is_no_move_either():
    claim = make_claim(make_scheme())
    assert refused(
        "UPDATE subsidies_claim SET state = 'rich' WHERE id = %s", claim.pk, because="may not move"
    )


# ------------------------------------------------------------------ every move leaves its event


def test_a_move_by_hand_leaves_an_event_that_says_so():
    claim = make_claim(make_scheme())
    sql("UPDATE subsidies_claim SET state = 'waitlisted' WHERE id = %s", claim.pk)
    event = claim.events.last()
    assert (event.from_state, event.to_state, event.verb, event.by) == (
        "eligible",
        "waitlisted",
        "(sql)",
        None,
    )


def test_a_move_by_a_verb_names_the_verb_the_person_and_the_time():
    claim, clerk = make_claim(make_scheme()), UserFactory()
    with acting("waitlist", by=clerk, now=NOW, note="资金用完"):
        sql("UPDATE subsidies_claim SET state = 'waitlisted' WHERE id = %s", claim.pk)
    event = claim.events.last()
    assert (event.verb, event.by, event.at, event.note) == ("waitlist", clerk, NOW, "资金用完")


def test_the_events_tell_the_whole_way():
    claim = make_claim(make_scheme(), state="waitlisted")
    assert list(claim.events.values_list("from_state", "to_state")) == [
        ("", "received"),
        ("received", "checking"),
        ("checking", "eligible"),
        ("eligible", "waitlisted"),
    ]


def test_an_update_that_moves_nobody_leaves_no_event():
    claim = make_claim(make_scheme())
    before = ClaimEvent.objects.count()
    sql("UPDATE subsidies_claim SET next_check_at = now() WHERE id = %s", claim.pk)
    assert ClaimEvent.objects.count() == before


def test_nobody_writes_history_by_hand():
    claim = make_claim(make_scheme())
    assert forbidden(
        "INSERT INTO subsidies_claimevent (claim_id, from_state, to_state, at, verb, refusals, note)"
        " VALUES (%s, 'settled', 'approved', now(), 'approve_claims', '{}', '')",
        claim.pk,
    )


# ------------------------------------------------------------------ place and amount


FROZEN = {
    "completed_at": "completed_at - interval '1 hour'",
    "completed_by": "'collected_at'",
    "stage_id": "stage_id + 1",
    "amount_fen": "amount_fen + 1",
    "filing_plate_no": "'杭A999999'",
    "vehicle_code": "'999999999999999'",
    "scheme_id": "scheme_id + 1",
}
ALWAYS_FROZEN = {
    "received_at": "received_at - interval '1 hour'",
    "owner_id": "owner_id + 1",
    "trade_in_id": "trade_in_id + 1",
}


@pytest.mark.parametrize("column", [*FROZEN, *ALWAYS_FROZEN])
def test_once_the_checks_are_through_nobody_moves_up_or_earns_more(column):
    claim = make_claim(make_scheme(), state="eligible")
    value = {**FROZEN, **ALWAYS_FROZEN}[column]
    assert refused(update(claim, f"{column} = {value}"), because="frozen")


@pytest.mark.parametrize("column", ALWAYS_FROZEN)
def test_whose_claim_it_is_and_when_it_came_never_changes(column):
    claim = make_claim(make_scheme(), state="received")
    value = ALWAYS_FROZEN[column]
    assert refused(update(claim, f"{column} = {value}"), because="frozen")


def test_the_place_is_provisional_while_the_authorities_are_still_asked():
    claim = make_claim(make_scheme(), state="checking")
    earlier = claim.completed_at - timedelta(hours=1)
    assert sql("UPDATE subsidies_claim SET completed_at = %s WHERE id = %s", earlier, claim.pk) == 1


@pytest.mark.parametrize("amount", [0, -1])
def test_money_is_never_promised_without_an_amount(amount):
    claim = make_claim(make_scheme(), state="checking")
    assert refused(
        "UPDATE subsidies_claim SET state = 'eligible', amount_fen = %s WHERE id = %s",
        amount,
        claim.pk,
        because="money_needs_a_stage_and_an_amount",
    )


def test_money_is_never_promised_outside_a_stage():
    claim = make_claim(make_scheme(), state="checking")
    assert refused(
        "UPDATE subsidies_claim SET state = 'eligible', stage_id = NULL WHERE id = %s",
        claim.pk,
        because="money_needs_a_stage_and_an_amount",
    )


def test_nobody_is_refused_without_a_reason():
    claim = make_claim(make_scheme(), state="checking")
    assert refused(
        "UPDATE subsidies_claim SET state = 'refused' WHERE id = %s",
        claim.pk,
        because="a_claim_is_refused_for_reasons",
    )


def test_nothing_is_approved_by_nobody():
    claim = make_claim(make_scheme())
    sql("UPDATE subsidies_claim SET state = 'settled' WHERE id = %s", claim.pk)
    assert refused(
        "UPDATE subsidies_claim SET state = 'approved' WHERE id = %s",
        claim.pk,
        because="an_approved_claim_names_its_approver",
    )


def test_the_approver_is_not_swapped_afterwards():
    claim, approver, accomplice = make_claim(make_scheme()), UserFactory(), UserFactory()
    sql("UPDATE subsidies_claim SET state = 'settled' WHERE id = %s", claim.pk)
    by = "UPDATE subsidies_claim SET approved_by_id = %s WHERE id = %s"
    assert refused(by, approver.pk, claim.pk, because="approver of claim")
    sql(
        "UPDATE subsidies_claim SET state = 'approved', approved_by_id = %s WHERE id = %s",
        approver.pk,
        claim.pk,
    )
    assert refused(by, accomplice.pk, claim.pk, because="approver of claim")
    assert refused(
        "UPDATE subsidies_claim SET state = 'in_payout', approved_by_id = %s WHERE id = %s",
        accomplice.pk,
        claim.pk,
        because="approver of claim",
    )
