"""Asking about claims: leased, answered, decided; and everything that may go wrong in between."""

from datetime import timedelta

import pytest
from django.db import connection

from core.decisions import unmarked
from ebikes.licensing.ask import look_up_all
from ebikes.licensing.exing import STATUSES
from ebikes.licensing.yunshenling import KINDS
from ebikes.models import LicensingAnswer, LicensingHealth
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.checks.services.systems_health import keep_health
from subsidies.engine.case import DEREGISTERED, STANDARD
from subsidies.marked import CHECKED
from subsidies.models import Claim, EligibilityCheck, Hold
from tests.console import sql
from tests.factories import NOW, OwnerFactory, TradeInFactory, local, make_claim, make_scheme
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def scheme():
    return make_scheme()


@pytest.fixture
def fangs_claim(scheme, outside):
    """A claim that was received and that both systems would confirm."""
    trade_in = TradeInFactory()
    claim = make_claim(scheme, state="received", trade_in=trade_in, completed_at=trade_in.plated_at)
    outside.know(trade_in)
    return claim


def sweep(now=NOW):
    due = lease_due_claims(limit=10, now=now)
    exing, yunshenling = look_up_all(
        exing=[d.exing_plate for d in due if d.exing_plate is not None],
        yunshenling=[d.yunshenling_plate for d in due if d.yunshenling_plate is not None],
    )
    record_answers(due, exing=exing, yunshenling=yunshenling, now=now)
    return due


def test_a_confirmed_claim_becomes_eligible_with_its_evidence(fangs_claim):
    sweep()

    fangs_claim.refresh_from_db()
    assert (fangs_claim.state, fangs_claim.amount_fen, fangs_claim.next_check_at) == ("eligible", 30000, None)
    assert fangs_claim.checks.count() == 1
    assert set(fangs_claim.trade_in.answers.values_list("system", "outcome")) == {
        ("exing", "found"),
        ("yunshenling", "found"),
    }


@pytest.mark.parametrize(
    "change",
    [
        "name_index = NULL",
        "owner_id = (SELECT max(id) FROM ebikes_owner)",
        "wallet_operator = '工商银行'",
        "plated_at = plated_at - interval '1 second'",
        "content_index = decode(repeat('00', 16), 'hex')",
    ],
)
def test_a_record_that_was_changed_since_it_came_passes_for_no_payment(fangs_claim, change):
    OwnerFactory()
    sql(f"UPDATE ebikes_tradein SET {change}")

    sweep()

    assert unmarked(CHECKED, [fangs_claim.pk]) == {fangs_claim.pk}
    assert Hold.objects.get(claim=fangs_claim, cleared_at=None).evidence == {"unproved": ["checked"]}


@pytest.mark.parametrize(
    "change",
    [
        "ebikes_tradein SET phone = decode(repeat('00', 40), 'hex')",
        "ebikes_tradein SET owner_name = decode(repeat('00', 40), 'hex')",
        "ebikes_tradein SET owner_name = (SELECT name FROM ebikes_owner LIMIT 1)",
        "ebikes_owner SET name = (SELECT owner_name FROM ebikes_tradein)",
        "ebikes_owner SET name_index = NULL",
    ],
)
def test_a_record_whose_names_or_contacts_are_not_its_own_passes_for_no_payment(fangs_claim, change):
    sql(f"UPDATE {change}")

    sweep()

    assert unmarked(CHECKED, [fangs_claim.pk]) == {fangs_claim.pk}


def test_a_record_as_it_came_passes_and_is_marked(fangs_claim):
    sweep()

    assert (unmarked(CHECKED, [fangs_claim.pk]), Hold.objects.count()) == (set(), 0)


def test_what_the_authority_says_moves_the_claim_to_the_next_stage(fangs_claim, outside):
    outside.know(fangs_claim.trade_in, plated_at="2022-07-01T00:00:00+08:00")

    sweep()

    fangs_claim.refresh_from_db()
    assert fangs_claim.completed_at == local("2022-07-01 00:00:00")
    assert (fangs_claim.stage.no, fangs_claim.amount_fen) == (2, 20000)


def test_a_bike_that_is_still_on_file_is_refused_for_that_reason(fangs_claim, outside):
    outside.know(fangs_claim.trade_in, status="有效", deregistered_at="")

    sweep()

    fangs_claim.refresh_from_db()
    assert (fangs_claim.state, fangs_claim.refusals) == ("refused", ["not_deregistered"])


@pytest.mark.parametrize(
    "told",
    [
        *(
            {"status": word}
            for word in ("已注销 ", "注销", "已注销（置换）", "已註銷", "CANCELLED", "审核中", "有效 ")
        ),
        *({"kind": word} for word in ("标准 ", "新国标", "标准电动自行车", "电动自行车(国标)", "非标准")),
    ],
    ids=str,
)
def test_a_word_that_is_not_on_the_list_refuses_nobody(fangs_claim, outside, told):
    outside.know(fangs_claim.trade_in, **told)

    sweep()

    fangs_claim.refresh_from_db()
    assert (fangs_claim.state, fangs_claim.refusals) == ("checking", [])
    assert list(LicensingAnswer.objects.filter(outcome="unknown").values_list("problem", flat=True)) == [
        "unknown_word"
    ]


def test_the_same_word_every_time_goes_to_a_person(fangs_claim, outside):
    outside.know(fangs_claim.trade_in, status="注销")

    sweep()
    sweep(NOW + timedelta(days=30))

    fangs_claim.refresh_from_db()
    assert fangs_claim.state == "review"


def test_the_words_that_decide_are_on_the_lists_of_the_adapters():
    assert DEREGISTERED in STATUSES
    assert STANDARD in KINDS


def test_a_bike_on_file_that_has_left_is_no_answer(fangs_claim, outside):
    outside.know(fangs_claim.trade_in, status="有效")

    sweep()

    fangs_claim.refresh_from_db()
    assert (fangs_claim.state, fangs_claim.refusals) == ("checking", [])


@pytest.mark.parametrize(
    "written",
    [
        lambda code: f" {code}",
        lambda code: f"{code[:5]}-{code[5:]}",
        lambda code: f"{code[:4]}·{code[4:]}\u3000",
    ],
    ids=["a blank before", "a hyphen", "a dot, a wide blank"],
)
def test_codes_and_plates_are_folded_before_they_are_compared(fangs_claim, outside, written):
    record = fangs_claim.trade_in
    _plate, _code, *rest = outside.plates[record.digital_plate_no]
    outside.plates[record.digital_plate_no] = (
        written(record.digital_plate_no),
        written(record.vehicle_code),
        *rest,
    )

    sweep()

    fangs_claim.refresh_from_db()
    assert (fangs_claim.state, fangs_claim.refusals) == ("eligible", [])


def test_a_leased_claim_is_passed_by_until_its_lease_is_over(fangs_claim):
    first = lease_due_claims(limit=10, now=NOW)

    assert [d.id for d in first] == [fangs_claim.pk]
    assert lease_due_claims(limit=10, now=NOW + timedelta(seconds=60)) == []
    assert [d.attempt for d in lease_due_claims(limit=10, now=NOW + timedelta(seconds=200))] == [2]


@pytest.mark.parametrize("limit", [1, 3])
def test_no_plan_of_the_database_takes_more_than_the_limit(limit):
    scheme = make_scheme()
    for _ in range(6):
        make_claim(scheme, state="received")
    Claim.objects.update(next_check_at=NOW)
    with connection.cursor() as cursor:
        for way in ("hashjoin", "mergejoin", "hashagg", "material", "memoize", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")  # what is left is to look again for every row
    assert len(lease_due_claims(limit=limit, now=NOW)) == limit


def test_an_answer_that_comes_back_after_the_lease_changes_nothing(fangs_claim):
    late = lease_due_claims(limit=10, now=NOW)
    lease_due_claims(limit=10, now=NOW + timedelta(seconds=200))
    exing, yunshenling = look_up_all(exing=[late[0].exing_plate], yunshenling=[late[0].yunshenling_plate])

    record_answers(late, exing=exing, yunshenling=yunshenling, now=NOW)

    fangs_claim.refresh_from_db()
    assert fangs_claim.state == "checking"
    assert not LicensingAnswer.objects.exists()


def test_recording_the_same_answers_twice_counts_once(fangs_claim):
    due = lease_due_claims(limit=10, now=NOW)
    exing, yunshenling = look_up_all(exing=[due[0].exing_plate], yunshenling=[due[0].yunshenling_plate])

    for _again in range(2):
        record_answers(due, exing=exing, yunshenling=yunshenling, now=NOW)

    assert (EligibilityCheck.objects.count(), LicensingAnswer.objects.count()) == (1, 2)


def test_a_claim_that_was_withdrawn_meanwhile_is_left_alone(fangs_claim):
    due = lease_due_claims(limit=10, now=NOW)
    exing, yunshenling = look_up_all(exing=[due[0].exing_plate], yunshenling=[due[0].yunshenling_plate])
    Claim.objects.update(state="cancelled")

    record_answers(due, exing=exing, yunshenling=yunshenling, now=NOW)

    fangs_claim.refresh_from_db()
    assert fangs_claim.state == "cancelled"


@pytest.mark.parametrize("mode", ["error", "garbage", "drop", "refuse"])
def test_unknown_is_no_answer_and_is_asked_again_later(fangs_claim, outside, mode):
    outside.behave(fail=1.0, modes=(mode,))

    sweep()

    fangs_claim.refresh_from_db()
    assert (fangs_claim.state, fangs_claim.refusals) == ("checking", [])
    assert fangs_claim.next_check_at == NOW + timedelta(seconds=30)
    assert set(LicensingAnswer.objects.values_list("outcome", flat=True)) == {"unknown"}

    outside.behave(fail=0.0)
    sweep(NOW + timedelta(seconds=30))

    fangs_claim.refresh_from_db()
    assert fangs_claim.state == "eligible"


def test_each_unknown_answer_doubles_the_wait(fangs_claim, outside):
    outside.behave(fail=1.0, modes=("error",))
    sweep()

    sweep(NOW + timedelta(seconds=30))

    fangs_claim.refresh_from_db()
    assert fangs_claim.next_check_at == NOW + timedelta(seconds=30 + 60)


def test_after_three_days_of_unknown_a_person_decides(fangs_claim, outside):
    outside.behave(fail=1.0, modes=("error",))

    sweep(NOW + timedelta(hours=73))

    fangs_claim.refresh_from_db()
    assert (fangs_claim.state, fangs_claim.next_check_at) == ("review", None)


def test_only_the_system_that_did_not_answer_is_asked_again(fangs_claim):
    due = lease_due_claims(limit=10, now=NOW)
    exing, _ = look_up_all(exing=[due[0].exing_plate], yunshenling=[])
    _, nothing = look_up_all(exing=[], yunshenling=[due[0].yunshenling_plate])
    unknown = {plate: type(a)("unknown", None, a.evidence, "timeout") for plate, a in nothing.items()}
    record_answers(due, exing=exing, yunshenling=unknown, now=NOW)

    again = lease_due_claims(limit=10, now=NOW + timedelta(seconds=30))

    assert (again[0].exing_plate, again[0].yunshenling_plate) == (None, fangs_claim.trade_in.digital_plate_no)


def test_a_system_that_was_not_even_asked_leaves_no_evidence(fangs_claim, outside, settings):
    settings.OUTSIDE = settings.OUTSIDE | {"breaker_failures": 1, "breaker_seconds": 60.0}
    outside.behave(fail=1.0, modes=("error",))
    sweep()
    kept = LicensingAnswer.objects.count()

    sweep(NOW + timedelta(seconds=30))

    assert not LicensingAnswer.objects.filter(problem="breaker_open").exists()
    assert LicensingAnswer.objects.count() <= kept + 2


def test_the_wording_of_an_answer_rests_sealed(fangs_claim):
    sweep()

    answer = LicensingAnswer.objects.get(system="exing")
    assert fangs_claim.owner.id_no in answer.raw
    assert fangs_claim.owner.id_no not in str(LicensingAnswer.objects.values_list("facts", flat=True))


def test_how_the_systems_answer_is_kept_for_people_to_see(fangs_claim):
    sweep()

    keep_health(now=NOW)

    assert set(LicensingHealth.objects.values_list("system", "state")) == {
        ("exing", "closed"),
        ("yunshenling", "closed"),
    }
