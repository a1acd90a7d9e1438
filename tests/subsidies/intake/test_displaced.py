"""Whom a file would move down the queue: said before it is confirmed, and true when it is."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.audit.acting import acting
from ebikes.importing.pipeline import read_file
from ebikes.models import ImportBatch, TradeIn
from subsidies.allocation.services.allocate import allocate
from subsidies.claims.selectors.place import place_of
from subsidies.intake.selectors import displaced as module
from subsidies.intake.selectors.displaced import displaced
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.models import Claim, ClaimTally
from subsidies.states import OPEN
from tests.ebikes.files import as_csv, trade_in_row, valid_id, valid_uscc
from tests.examples import examples
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    OwnerFactory,
    local,
    make_claim,
    make_scheme,
)
from tests.laid import laid
from tests.undone import undone

pytestmark = pytest.mark.django_db

JUNE_9, JUNE_10, JUNE_11 = (f"2022-06-{day} 12:00:00" for day in ("09", "10", "11"))


@laid
def point():
    return AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))


def row(point, plated_at, **cells):
    moment = local(plated_at) if isinstance(plated_at, str) else plated_at
    before = moment - timedelta(hours=1)
    hour = f"{before.astimezone(local(JUNE_9).tzinfo):%Y-%m-%d %H:%M:%S}"
    own = f"{moment.astimezone(local(JUNE_9).tzinfo):%Y-%m-%d %H:%M:%S}"
    return trade_in_row(point, 注销时间=hour, 回收时间=hour, 购买时间=hour, 上牌时间=own, **cells)


def file_of(rows, tmp_path, *, merchant=None):
    path = tmp_path / "late.csv"
    path.write_bytes(as_csv(rows))
    return read_file(path, kind="trade_ins", by=None, now=NOW, progress=lambda part: None, merchant=merchant)


def look(batch):
    return displaced(batch, now=NOW)


def claims_at(scheme, *moments, state="eligible"):
    return [make_claim(scheme, completed_at=local(moment), state=state) for moment in moments]


def fates(found):
    return {each.claim_id: each.fate for each in found.shown}


# ------------------------------------------------------------------ single cases


def test_a_late_record_moves_down_whoever_completed_after_it(point, tmp_path):
    first, second = claims_at(make_scheme(), JUNE_9, JUNE_11)
    found = look(file_of([row(point, JUNE_10)], tmp_path))
    assert (found.arriving, found.ahead, found.moved, found.losing, found.more) == (1, 1, 1, 0, 0)
    (moved,) = found.shown
    assert (moved.claim_id, moved.place, moved.new_place) == (second.pk, place_of(second), 3)
    assert first.pk not in fates(found)


def test_whoever_would_lose_the_money_comes_first(point, tmp_path):
    _first, second, third = claims_at(make_scheme(budget_fen=60_000), JUNE_9, JUNE_11, "2022-06-12 12:00:00")
    found = look(file_of([row(point, JUNE_10)], tmp_path))
    assert (found.moved, found.losing, found.losing_fen) == (2, 1, 30_000)
    assert list(fates(found).items()) == [(second.pk, "waitlisted"), (third.pk, None)]


def test_a_claim_still_being_checked_loses_the_place_in_the_money_too(point, tmp_path):
    (pending,) = claims_at(make_scheme(budget_fen=30_000), JUNE_11, state="checking")
    found = look(file_of([row(point, JUNE_10)], tmp_path))
    assert fates(found) == {pending.pk: "waitlisted"}
    assert found.shown[0].state == "checking"


def test_the_lag_saves_nobody_from_being_named(point, tmp_path):
    (waiting,) = claims_at(make_scheme(budget_fen=30_000, settle_lag_hours=24 * 365), JUNE_11)
    assert fates(look(file_of([row(point, JUNE_10)], tmp_path))) == {waiting.pk: "waitlisted"}


def test_a_settled_claim_is_never_displaced(point, tmp_path):
    scheme = make_scheme(budget_fen=60_000)
    settled, _other = claims_at(scheme, JUNE_11, "2022-06-12 12:00:00")
    allocate(scheme=scheme, now=NOW)
    (waiting,) = claims_at(scheme, "2022-06-13 12:00:00")
    found = look(file_of([row(point, JUNE_10)], tmp_path))
    assert fates(found) == {waiting.pk: None}
    assert settled.pk not in fates(found)
    assert found.shares[0].reached == 0


def test_a_stage_with_a_cap_is_counted_by_itself(point, tmp_path):
    scheme = make_scheme(caps=(60_000, None, None))
    june = claims_at(scheme, JUNE_9, JUNE_11)
    claims_at(scheme, "2022-07-10 12:00:00")
    found = look(file_of([row(point, JUNE_10), row(point, "2022-07-09 12:00:00")], tmp_path))
    assert {claim for claim, fate in fates(found).items() if fate} == {june[1].pk}
    first, second = found.shares
    assert (first.stage_no, first.count, first.reached, first.reached_fen, first.left_fen) == (
        *(1, 1, 1),
        *(30_000, 60_000),
    )
    assert (second.stage_no, second.asked_fen, second.left_fen) == (2, 20_000, None)


def test_another_record_of_the_same_person_takes_the_persons_own_place(point, tmp_path):
    person = valid_id()
    owner = OwnerFactory(id_no=person)
    later = make_claim(make_scheme(), owner=owner, completed_at=local(JUNE_11))
    found = look(file_of([row(point, JUNE_10, 证件号码=person)], tmp_path))
    assert fates(found) == {later.pk: "refused"}


def test_two_records_of_one_new_person_are_one_subsidy(point, tmp_path):
    claims_at(make_scheme(budget_fen=60_000), JUNE_11)
    person = valid_id()
    rows = [row(point, JUNE_9, 证件号码=person), row(point, JUNE_10, 证件号码=person)]
    found = look(file_of(rows, tmp_path))
    assert (found.moved, found.losing, found.shares[0].reached) == (1, 0, 1)


def test_what_the_door_refuses_moves_nobody(point, tmp_path):
    """A bike or a vehicle that has a claim already, one twice in the file, a day outside every stage."""
    (claim,) = claims_at(make_scheme(), JUNE_11)
    twice = row(point, JUNE_9)
    rows = [
        row(point, JUNE_9, 备案号牌=claim.filing_plate_no),
        row(point, JUNE_9, 新车整车编码=claim.vehicle_code),
        row(point, "2022-05-10 12:00:00"),
        twice,
        row(point, JUNE_9, 备案号牌=twice["备案号牌"]),
    ]
    batch = file_of(rows, tmp_path)
    assert batch.rows_accepted == 5
    assert look(batch).arriving == 1


def test_refused_and_duplicate_rows_move_nobody(point, tmp_path):
    claims_at(make_scheme(), JUNE_11)
    good = row(point, JUNE_9)
    batch = file_of([good, good, row(point, JUNE_9, 证件号码="330105198001010000")], tmp_path)
    assert (batch.rows_accepted, batch.rows_duplicate, batch.rows_refused) == (1, 1, 1)
    assert look(batch).arriving == 1


def test_what_went_in_by_another_file_meanwhile_moves_nobody(point, tmp_path):
    claims_at(make_scheme(), JUNE_11)
    rows = [row(point, JUNE_9)]
    batch, same = file_of(rows, tmp_path), file_of(rows, tmp_path)
    confirm_import(batch=same, by=None, now=NOW)
    assert look(batch) is None


def test_a_merchants_file_is_looked_at_like_any_other(point, tmp_path):
    (claim,) = claims_at(make_scheme(), JUNE_11)
    assert fates(look(file_of([row(point, JUNE_10)], tmp_path, merchant=point.merchant))) == {claim.pk: None}


def test_records_behind_everybody_move_nobody(point, tmp_path):
    claims_at(make_scheme(), JUNE_9)
    found = look(file_of([row(point, JUNE_11)], tmp_path))
    assert (found.arriving, found.ahead, found.moved) == (1, 0, 0)


def test_no_more_are_shown_than_fit_a_page(point, tmp_path, monkeypatch):
    claims_at(make_scheme(), *[f"2022-06-11 12:00:{second:02}" for second in range(52)])
    found = look(file_of([row(point, JUNE_10)], tmp_path))
    assert (found.moved, len(found.shown), found.more) == (52, 50, 2)


def test_a_queue_too_long_for_a_page_is_not_walked(point, tmp_path, monkeypatch):
    claims_at(make_scheme(), JUNE_11)
    monkeypatch.setattr(module, "MOST_OPEN", 0)
    found = look(file_of([row(point, JUNE_10)], tmp_path))
    assert (found.arriving, found.moved) == (1, None)


@pytest.mark.parametrize("state", ["confirmed", "discarded", "failed", "reading"])
def test_only_a_preview_has_anything_to_say(state):
    make_scheme()
    confirmed_at = NOW if state == "confirmed" else None
    batch = ImportBatch.objects.create(
        kind="trade_ins", state=state, uploaded_at=NOW, confirmed_at=confirmed_at
    )
    assert look(batch) is None


def test_before_any_scheme_there_is_no_queue(point, tmp_path):
    assert look(file_of([row(point, JUNE_10)], tmp_path)) is None


def test_looking_changes_nothing(point, tmp_path):
    claims_at(make_scheme(budget_fen=30_000), JUNE_11)
    batch = file_of([row(point, JUNE_10)], tmp_path)

    def everything():
        return [list(model.objects.order_by("pk").values()) for model in (Claim, ClaimTally, TradeIn)]

    before = everything()
    look(batch)
    assert everything() == before


# ------------------------------------------------------------------ it is what happens

MONTHS = {1: "2022-06-10 12:00:00", 2: "2022-07-10 12:00:00", 3: "2022-08-10 12:00:00"}
RECORDS = st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 4), st.integers(0, 3))  # stage, minute, person
STATES = st.sampled_from(["eligible", "eligible", "waitlisted", "checking"])
MONEY = st.integers(1, 15).map(lambda n: n * 10_000)
CAP = st.one_of(st.none(), MONEY)
DECIDED = ("settled", "waitlisted", "refused")


@settings(
    max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(RECORDS, STATES), max_size=8),
    st.lists(RECORDS, min_size=1, max_size=4),
    st.tuples(MONEY, CAP, CAP, CAP),
    st.tuples(st.sampled_from(["strict", "skip"]), st.sampled_from([None, 1, 2])),
)
@example(  # the file makes a claim wait for the checks of the same person's other one
    [((1, 0, 2), "checking"), ((3, 0, 2), "eligible")],
    [(1, 0, 2)],
    (40_000, None, None, None),
    ("strict", 2),
)
@example(  # a claim that only the open checks of the same person's other one keep from its money
    [((1, 0, 0), "checking"), ((3, 0, 0), "waitlisted")],
    [(1, 0, 0)],
    (10_000, None, None, None),
    ("skip", 1),
)
@undone()
def test_what_is_said_is_what_happens(point, tmp_path, there, arriving, money, policy):
    budget, *caps = money
    scheme = make_scheme(
        budget_fen=budget,
        caps=tuple(caps),
        head_of_line=policy[0],
        per_person_cap=policy[1],
    )
    ids = [valid_id() for _ in range(4)]
    people = [OwnerFactory(id_no=number) for number in ids[:3]]  # the fourth is new
    for (stage, minute, person), state in there:
        owner = people[person] if person < 3 else OwnerFactory()
        make_claim(
            scheme, state=state, owner=owner, completed_at=local(MONTHS[stage]) + timedelta(minutes=minute)
        )
    rows = [
        row(point, local(MONTHS[stage]) + timedelta(minutes=minute), 证件号码=ids[person])
        for stage, minute, person in arriving
    ]
    batch = file_of(rows, tmp_path)
    queue, states = _allocated(scheme)
    unchecked = set(Claim.objects.filter(state="checking").values_list("owner", flat=True))

    found = look(batch)

    confirm_import(batch=batch, by=None, now=NOW)
    _all_pass(batch)
    new_queue, new_states = _allocated(scheme)
    moved = {pk for pk in queue if new_queue.index(pk) > queue.index(pk)}
    assert set(fates(found)) == moved
    for each in found.shown:
        assert each.new_place - each.place == new_queue.index(each.claim_id) - queue.index(each.claim_id)
        was, becomes = states[each.claim_id], new_states[each.claim_id]
        # Else the checks of this claim, or of the same person's, are open: before, or after the file.
        of_whom = Claim.objects.values_list("owner", flat=True).get(pk=each.claim_id)
        if was in DECIDED and becomes in DECIDED and of_whom not in unchecked:
            lost = was == "settled" and becomes != "settled"
            assert each.fate == (becomes if lost else None)
    got = [state for pk, state in new_states.items() if pk not in states].count("settled")
    assert sum(share.reached for share in found.shares) >= got  # a pending claim may still keep a place


def _all_pass(batch):
    with acting("test", by=None, now=NOW):
        for state in ("checking", "eligible"):
            Claim.objects.filter(trade_in__batch=batch).update(state=state)


class _Undo(Exception):
    pass


def _allocated(scheme):
    """The open queue in its order, and what an allocation would make of it; nothing of that stays."""
    claims = Claim.objects.filter(scheme=scheme)
    queue = list(
        claims.filter(state__in=OPEN)
        .order_by("completed_at", "received_at", "pk")
        .values_list("pk", flat=True)
    )
    states = {}
    try:
        with transaction.atomic():
            allocate(scheme=scheme, now=NOW)
            states = dict(claims.values_list("pk", "state"))
            raise _Undo
    except _Undo:
        return queue, states
