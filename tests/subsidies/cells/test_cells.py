"""A city as a cell: its claims ask the province's register, and nothing is decided or paid before it has answered."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from core.audit.acting import acting
from core.signing.sm2 import new_key
from subsidies.allocation.services.allocate import allocate
from subsidies.cells.deployment import the_province_is_reached
from subsidies.cells.keys import keys_of
from subsidies.cells.register import _page
from subsidies.cells.selectors.compare import compare_with_register
from subsidies.cells.services import ask
from subsidies.cells.services.ask import LiesBehind, sweep_questions
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.services.undo import cancel_claims
from subsidies.locks.protocol import Ask, Asking, Question, read_answer, read_asking
from subsidies.locks.selectors import held
from subsidies.locks.selectors.held import held_by
from subsidies.locks.services.answer import answer_cell
from subsidies.models import Cell, Claim, Hold, Lock, LockQuestion, PayoutBatch, PayoutStop
from subsidies.payouts.services.locks import ask_for_locks
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.payouts.services.stops import confirm_stop, keep_book
from subsidies.tasks import sweep_checks, sweep_payouts
from tests.console import refused, tamper, update
from tests.factories import NOW, UserFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "330105", "330200"
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


class Register:
    """The province's register without the wire: what is said to it, and what it answers, as JSON."""

    def __init__(self) -> None:
        self.away = self.deaf = False
        self.asked: list[Asking] = []

    def __call__(self, asking: Asking, now=NOW):
        if self.away:
            return None
        self.asked.append(asking)
        told = answer_cell(read_asking(json.loads(json.dumps(asking.as_json()))), now=now).as_json()
        return None if self.deaf else read_answer(json.loads(json.dumps(told)), asking.questions)

    def elsewhere(self, claim: Claim, ask: Ask = Ask.RESERVE) -> str:
        """What another city hears that asks for the same."""
        number = LockQuestion.objects.count() + len(self.asked) + 1
        question = Question(number, "NB-1", ask, () if ask is Ask.RELEASE else keys_of(claim))
        return self(Asking(ELSEWHERE, 1, 1, 0, False, (question,))).words[0].word


@pytest.fixture
def register(settings, monkeypatch):
    settings.REGISTER_URL, settings.CELL_CODE, settings.REGISTER_KEY = "http://register", HERE, KEY
    settings.PROVINCE_CELLS, settings.CHECK_REVIEW_AFTER_HOURS = "", 10**6
    with acting("join", by=None, now=NOW):
        Cell.objects.create(pk=1, code=HERE)
    register = Register()
    monkeypatch.setattr(ask, "ask_register", register)
    return register


@pytest.fixture
def scheme(register):
    return make_scheme()


@pytest.fixture
def claim(scheme, outside):
    claim = make_claim(scheme, state="received")
    outside.know(claim.trade_in)
    return claim


def state(claim: Claim) -> str:
    claim.refresh_from_db()
    return claim.state


def in_force(claim: Claim) -> LockQuestion:
    return LockQuestion.objects.get(claim=claim, in_force=True)


def settled(scheme, claim) -> Claim:
    sweep_questions(now=NOW)
    sweep_checks()
    allocate(scheme=scheme, now=NOW)
    assert state(claim) == "settled"
    return claim


# ------------------------------------------------------------------ before it is eligible


def test_a_claim_is_eligible_once_the_register_has_reserved_for_it(claim):
    assert (in_force(claim).ask, in_force(claim).word) == ("reserve", "")
    sweep_checks()
    assert state(claim) == "checking"
    assert claim.exing_answer is not None
    assert sweep_questions(now=NOW).asked == 1
    sweep_checks()
    assert state(claim) == "eligible"
    assert (
        Lock.objects.filter(state="reserved").count() == 3
    )  # bike, vehicle, and the person, whom the policy caps
    assert claim.checks.get().results["claimed_elsewhere"] == "pass"


def test_while_the_register_is_away_nobody_loses_the_place_and_all_is_asked_again(claim, register):
    register.away = True
    assert not sweep_questions(now=NOW).answered
    sweep_checks()
    assert state(claim) == "checking"
    assert claim.next_check_at is not None
    register.away = False
    assert sweep_questions(now=NOW).asked == 0  # leased; its turn comes again
    sweep_questions(now=NOW + timedelta(hours=2))
    sweep_checks()
    assert state(claim) == "eligible"


def test_an_answer_that_was_lost_is_heard_the_next_time(claim, register):
    register.deaf = True
    sweep_questions(now=NOW)
    assert Lock.objects.exists()
    assert in_force(claim).word == ""
    register.deaf = False
    sweep_questions(now=NOW + timedelta(hours=2))
    assert in_force(claim).word == "reserved"


def test_what_another_city_has_is_refused_and_says_where(claim, register):
    assert register.elsewhere(claim) == "reserved"
    sweep_questions(now=NOW)
    sweep_checks()
    assert state(claim) == "refused"
    assert claim.refusals == ["claimed_elsewhere"]
    told = explain_claim(claim)
    line = next(line for line in told.checks if line.reason == "claimed_elsewhere")
    assert (line.code, line.evidence) == ("fail", f"旧车已用于单元 {ELSEWHERE} 的申请 NB-1")
    assert in_force(claim).ask == "release"


def test_the_database_lets_no_claim_be_eligible_without_the_register(claim):
    sweep_checks()
    with pytest.raises(IntegrityError, match="has not let claim"):
        Claim.objects.filter(pk=claim.pk).update(state="eligible")


def test_a_corrected_vehicle_is_asked_for_anew(claim, register):
    sweep_questions(now=NOW)
    first = in_force(claim)
    with acting("correct", by=None, now=NOW):
        Claim.objects.filter(pk=claim.pk).update(vehicle_code="123422299999999")
    assert in_force(claim).pk > first.pk
    assert in_force(claim).word == ""
    claim.refresh_from_db()
    sweep_questions(now=NOW)
    live = Lock.objects.filter(kind="vehicle", state="reserved").get()
    assert bytes(live.index).hex() == keys_of(claim)[1].index


def test_a_withdrawn_claim_lets_others_have_it(claim, register):
    sweep_questions(now=NOW)
    assert register.elsewhere(claim) == "taken"
    cancel_claims(scheme=claim.scheme, claims=Claim.objects.all(), by=UserFactory(), now=NOW)
    sweep_questions(now=NOW)
    assert in_force(claim).word == "released"
    assert register.elsewhere(claim) == "reserved"


def test_a_record_that_is_withdrawn_and_claimed_again_is_asked_about_once_at_a_time(claim, scheme, register):
    cancel_claims(scheme=scheme, claims=Claim.objects.all(), by=UserFactory(), now=NOW)
    again = make_claim(scheme, state="received", trade_in=claim.trade_in)
    sweep_questions(now=NOW)
    assert [len(asked.questions) for asked in register.asked] == [1]
    sweep_questions(now=NOW + timedelta(hours=2))
    assert [in_force(each).word for each in (claim, again)] == ["released", "reserved"]


def test_a_reservation_is_asked_for_again_when_half_of_it_is_over(claim, settings):
    settings.LOCK_DAYS = 60
    sweep_questions(now=NOW)
    assert in_force(claim).next_ask_at == NOW + timedelta(days=30)


def test_the_index_stands_for_the_same_under_the_provinces_key_alone(claim, settings):
    before = keys_of(claim)
    assert {len(bytes.fromhex(key.index)) for key in before} == {16}
    settings.REGISTER_KEY = KEY[::-1].replace("=", "") + "="
    assert not {key.index for key in keys_of(claim)} & {key.index for key in before}


def test_what_is_the_own_citys_matter_is_not_asked_elsewhere(register, outside):
    scheme = make_scheme(year=2023, per_person_cap=None)
    claim = make_claim(scheme, state="received")
    assert [key.kind for key in keys_of(claim)] == ["bike", "vehicle"]


# ------------------------------------------------------------------ the list of a cell


@pytest.fixture
def compared(monkeypatch, capsys):
    """What the command says, beside the register's own list without the wire."""
    told = {"away": False}

    def page(cell, after=""):
        found = held_by(cell, after=after)
        return None if told["away"] else _page(json.loads(json.dumps(found)))

    monkeypatch.setattr("subsidies.cells.selectors.compare.held_at_register", page)
    monkeypatch.setattr(held, "PAGE", 1)

    def run() -> str:
        call_command("compare_locks")
        return capsys.readouterr().out

    return run, told


def test_what_the_register_holds_for_a_cell_is_compared_with_what_the_cell_believes(claim, scheme, compared):
    run, _told = compared
    other = make_claim(scheme, state="received")
    sweep_questions(now=NOW)
    said = run()
    assert "锁定 2 份" in said
    assert "两边一致" in said
    tamper(
        "UPDATE subsidies_lock SET state = 'released' WHERE holder_id = (SELECT min(id) FROM subsidies_lockholder)"
    )
    tamper("UPDATE subsidies_lock SET state = 'kept', until = NULL WHERE state = 'reserved'")
    with pytest.raises(CommandError, match="两边不一致"):
        run()
    found = compare_with_register()
    assert (found.not_held, found.otherwise) == ((claim.trade_in.record_no,), (other.trade_in.record_no,))


def test_what_the_register_holds_and_the_cell_has_forgotten_is_named(claim, compared):
    sweep_questions(now=NOW)
    tamper("UPDATE subsidies_lockholder SET claim = 'GONE'")
    assert compare_with_register().unknown_here == ("GONE",)


def test_the_list_is_not_guessed_while_the_register_is_away(register, compared, settings):
    run, told = compared
    told["away"] = True
    with pytest.raises(CommandError, match="没有答复"):
        run()
    settings.REGISTER_URL = ""
    with pytest.raises(CommandError, match="没有登记处"):
        run()


# ------------------------------------------------------------------ before it goes live


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"REGISTER_URL": "http://register"}, ["subsidies.E003"]),
        ({"CELL_CODE": ""}, ["subsidies.E003"]),
        ({"SIGNING_KEYS": ""}, ["subsidies.E003"]),
        ({"PROVINCE_CELLS": "330100:杭州市"}, ["subsidies.E003", "subsidies.E003", "subsidies.W003"]),
        ({"REGISTER_URL": "", "PROVINCE_CELLS": "C"}, ["subsidies.W003"]),
        ({"REGISTER_URL": "", "SIGNING_KEYS": ""}, []),
    ],
    ids=str,
)
def test_a_cell_or_register_that_is_half_set_up_does_not_go_live(settings, changed, told):
    key = new_key("province")
    usual = {"REGISTER_URL": "https://register", "CELL_CODE": HERE, "REGISTER_PUBLIC_KEY": key.split(":")[2]}
    for name, value in ({**usual, "SIGNING_KEYS": key, "LOCK_ANCHOR_FILE": ""} | changed).items():
        setattr(settings, name, f"330100:杭州市:{key.split(':')[2]}" if value == "C" else value)
    assert [each.id for each in the_province_is_reached(None)] == told


# ------------------------------------------------------------------ before it is paid


@pytest.fixture
def people():
    return UserFactory(), UserFactory(), UserFactory()


def ordered(scheme, people) -> PayoutBatch | None:
    batches = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=people[1], now=NOW).batches
    for batch in batches:
        release_payout(batch=batch, by=people[2], now=NOW)
    return batches[0] if batches else None


@pytest.fixture
def approved(scheme, claim, people):
    settled(scheme, claim)
    approve_claims(claims=scheme.claims.all(), by=people[0], now=NOW)
    return claim


def test_nothing_is_ordered_before_the_register_keeps_it(scheme, approved, people, settings):
    settings.NAME_CHECK = False
    assert ordered(scheme, people) is None
    sweep_questions(now=NOW)
    assert in_force(approved).word == "kept"
    assert ordered(scheme, people) is not None


def test_what_was_ordered_is_paid_after_the_register_was_asked_once_more(
    scheme, approved, people, settings, outside, register
):
    settings.NAME_CHECK = False
    sweep_questions(now=NOW)
    ordered(scheme, people)
    register.away = True
    assert sweep_payouts() == 0
    assert not outside.operator.summary()["payments"]
    register.away = False
    assert sweep_payouts() == 1
    assert state(approved) == "paid"
    assert register.elsewhere(approved) == "taken"


def test_an_order_whose_lock_is_gone_pays_nobody(scheme, approved, people, settings, outside, register):
    """As if this database had been restored: it believes what another city has meanwhile."""
    settings.NAME_CHECK = False
    sweep_questions(now=NOW)
    ordered(scheme, people)
    tamper("UPDATE subsidies_lock SET state = 'released'")
    assert register.elsewhere(approved, Ask.KEEP) == "kept"
    sweep_payouts()
    assert not outside.operator.summary()["payments"]
    assert state(approved) == "payout_unknown"
    kinds = {hold.kind: hold.evidence for hold in Hold.objects.open()}
    assert kinds["elsewhere"] == {"cell": ELSEWHERE, "record": "NB-1", "what": "bike"}
    assert "lock" in kinds["unproved"]["unproved"]


def test_the_database_orders_nothing_that_is_not_kept(approved):
    with pytest.raises(IntegrityError, match="has not let claim"):
        Claim.objects.filter(pk=approved.pk).update(state="in_payout")


# ------------------------------------------------------------------ restored


def test_a_cell_that_was_restored_stops_and_goes_on_in_a_new_epoch(claim, register, people):
    sweep_questions(now=NOW)
    tamper("UPDATE subsidies_lockcell SET seen = 999")  # it asked so often, before it was restored
    with pytest.raises(LiesBehind):
        sweep_questions(now=NOW)
    assert not ask_for_locks(now=NOW).answered
    stop = PayoutStop.objects.get(state="open")
    assert (stop.why, "999" in stop.detail) == ("behind", True)
    asked = len(register.asked)
    assert not ask_for_locks(now=NOW).answered
    assert len(register.asked) == asked  # while people look, it asks nothing

    keep_book(stop=stop, lines=[], by=people[0], now=NOW)
    for each in people[1:]:
        confirm_stop(stop=stop, by=each, now=NOW)
    assert (Cell.objects.get().epoch, in_force(claim).word) == (2, "")
    assert ask_for_locks(now=NOW + timedelta(days=3650)).answered
    assert in_force(claim).word == "reserved"


def test_nobody_begins_an_epoch_alone(register):
    assert refused(update(Cell.objects.get(), "epoch = 2"), because="two people|no process")


def test_a_register_that_was_restored_hears_again_what_it_granted(claim, register, settings, tmp_path):
    sweep_questions(now=NOW)
    held = Cell.objects.get().position
    tables = ("lockentry", "lock", "lockholder", "lockcell", "lockregister")
    tamper("; ".join(f"DELETE FROM subsidies_{table}" for table in tables))
    assert held > 0
    assert sweep_questions(now=NOW).asked == 0  # by this the register learns that it lies behind
    assert sweep_questions(now=NOW).asked == 1
    assert Lock.objects.filter(state="reserved").count() == 3
    sweep_questions(now=NOW)
    assert register.asked[-1].told_anew


def test_a_city_that_joins_asks_for_all_that_is_live_there(settings):
    make_claim(make_scheme(), state="eligible")
    assert not LockQuestion.objects.exists()
    with acting("join", by=None, now=NOW):
        Cell.objects.create(pk=1, code=HERE)
    assert LockQuestion.objects.get().ask == "reserve"


def test_where_there_is_no_province_nothing_is_asked(outside):
    scheme = make_scheme()
    claim = make_claim(scheme, state="received")
    outside.know(claim.trade_in)
    sweep_checks()
    assert state(claim) == "eligible"
    assert not LockQuestion.objects.exists()
    assert "claimed_elsewhere" not in claim.checks.get().results
    assert "claimed_elsewhere" not in {line.reason for line in explain_claim(claim).checks}
    assert not ask_for_locks(now=NOW).answered
