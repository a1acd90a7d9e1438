"""Midnight in Hangzhou, wherever the servers stand; and clocks that are set wrong while the work goes on."""

import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from ebikes.importing.pipeline import read_file
from ebikes.licensing.ask import look_up_all
from ebikes.models import TradeIn
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.selectors.cases import load_cases
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.claims.services.receive import receive_claims
from subsidies.engine.checks import assess
from subsidies.engine.stages import StageTerms
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.ledger.selectors.proof import ledger_rows, verify_ledger
from subsidies.models import Claim, EligibilityCheck, LedgerEntry
from subsidies.payouts.operator import ask_operator
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.services.create import open_scheme
from subsidies.tasks import allocate_all, sweep_checks, sweep_payouts
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import (
    NOW,
    SHANGHAI,
    AgentPointFactory,
    FiledBikeFactory,
    MerchantFactory,
    TradeInFactory,
    UserFactory,
    local,
    make_claim,
    make_scheme,
)

ZONES = [
    ("UTC", "America/Los_Angeles"),
    ("America/Los_Angeles", "Pacific/Kiritimati"),
    ("Asia/Shanghai", "UTC"),
    ("Pacific/Kiritimati", "Asia/Shanghai"),
]
DAY = timedelta(days=1)


def connect_in(zone):
    """Go on with a connection whose session is in this zone (None: as configured)."""
    connection.close()
    connection.settings_dict["TIME_ZONE"] = zone
    for name in ("timezone", "timezone_name"):
        vars(connections["default"]).pop(name, None)  # both are cached


@pytest.fixture(params=ZONES, ids=lambda pair: f"process {pair[0]}, database {pair[1]}")
def abroad(request, monkeypatch, transactional_db):
    """A process in one zone, its database session in another."""
    process, database = request.param
    with monkeypatch.context() as patch:
        patch.setenv("TZ", process)
        time.tzset()
        connect_in(database)
        with connection.cursor() as cursor:
            cursor.execute("SHOW timezone")
            assert cursor.fetchone() == (database,)
        yield
        connect_in(None)
    time.tzset()


def sweep(now=NOW):
    """Ask both systems about what is due, and write down what they say."""
    due = lease_due_claims(limit=100, now=now)
    record_answers(due, **answers_to(due), now=now)
    return due


def answers_to(due):
    exing, yunshenling = look_up_all(
        exing=[d.exing_plate for d in due if d.exing_plate is not None],
        yunshenling=[d.yunshenling_plate for d in due if d.yunshenling_plate is not None],
    )
    return {"exing": exing, "yunshenling": yunshenling}


def stage_and_amount(claim):
    return claim.stage and claim.stage.no, claim.amount_fen


# ------------------------------------------------------------------ the last second of June


MIDNIGHT = [  # what the file says of the plating, the moment that it means, whether it was a day only, stage, fen
    ("2022-06-30 23:59:59", "2022-06-30T15:59:59+00:00", [], 1, 30000),
    ("2022-07-01 00:00:00", "2022-06-30T16:00:00+00:00", [], 2, 20000),
    ("2022-06-30", "2022-06-30T15:59:59+00:00", ["plated_at"], 1, 30000),
    ("2022年7月1日", "2022-07-01T15:59:59+00:00", ["plated_at"], 2, 20000),
    ("2022-05-31 23:59:59", "2022-05-31T15:59:59+00:00", [], None, 0),
    ("2022-08-31", "2022-08-31T15:59:59+00:00", ["plated_at"], 3, 10000),
    ("2022-09-01 00:00:00", "2022-08-31T16:00:00+00:00", [], None, 0),
]


@pytest.fixture
def make_file(tmp_path):
    """A file whose rows differ in the time of plating alone; the other events lie a month before."""

    def make(cells):
        point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
        before = dict.fromkeys(("注销时间", "回收时间", "购买时间"), "2022-05-02 09:00:00")
        rows = [trade_in_row(point, 上牌时间=cell, **before) for cell in cells]
        path = tmp_path / "6月.csv"
        path.write_bytes(as_csv(rows))
        return path

    return make


def test_midnight_is_hangzhous_from_the_file_to_the_ledger(abroad, outside, make_file):
    scheme = make_scheme()
    batch = read_file(
        make_file([cell for cell, *_ in MIDNIGHT]),
        kind="trade_ins",
        by=None,
        now=NOW,
        progress=lambda part: None,
    )
    confirm_import(batch=batch, by=None, now=NOW)

    # as read from the file
    trade_ins = list(TradeIn.objects.order_by("pk"))
    assert [t.plated_at.astimezone(UTC).isoformat() for t in trade_ins] == [utc for _, utc, *_ in MIDNIGHT]
    assert [t.day_only for t in trade_ins] == [days for _, _, days, *_ in MIDNIGHT]
    # at the door, in SQL
    expected = [tuple(row[3:]) for row in MIDNIGHT]
    assert [stage_and_amount(c) for c in scheme.claims.order_by("trade_in")] == expected

    for trade_in in trade_ins:
        outside.know(trade_in)
    sweep()

    # after the checks, in Python
    claims = list(scheme.claims.order_by("trade_in"))
    assert [stage_and_amount(c) for c in claims] == expected
    assert [c.refusals for c in claims] == [[] if stage else ["outside_stages"] for stage, _ in expected]

    allocate(scheme=scheme, now=NOW)

    # in the ledger, whose rows of one allocation follow the queue
    settled = [(c.completed_at, c.pk, *stage_and_amount(c)) for c in claims if c.stage]
    entries = (
        LedgerEntry.objects.filter(kind="reserve").order_by("seq").values_list("stage__no", "amount_fen")
    )
    assert list(entries) == [row[2:] for row in sorted(settled)]
    assert verify_ledger(scheme=scheme) == []


@pytest.mark.parametrize(
    ("plated_at", "paid"),
    [
        ("2022-06-30T23:59:59.999999+08:00", 30000),
        ("2022-07-01T00:00:00.000000+08:00", 20000),
        ("2022-06-30T08:59:59.999999-07:00", 30000),
        ("2022-06-30T16:00:00Z", 20000),
    ],
)
def test_the_authoritys_time_counts_to_the_microsecond_however_it_is_written(
    abroad, outside, plated_at, paid
):
    scheme = make_scheme()
    trade_in = TradeInFactory(day=date(2022, 6, 10))
    claim = make_claim(scheme, state="received", trade_in=trade_in, completed_at=trade_in.plated_at)
    outside.know(trade_in, plated_at=plated_at)

    sweep()
    allocate(scheme=scheme, now=NOW)

    claim.refresh_from_db()
    assert claim.completed_at == datetime.fromisoformat(plated_at)
    assert list(scheme.ledger.filter(kind="reserve").values_list("amount_fen", flat=True)) == [paid]


@pytest.mark.parametrize("microseconds", [-1, 0, 1])
def test_door_and_checks_agree_on_every_side_of_every_midnight(abroad, make_batch, outside, microseconds):
    """The door says it in SQL, the checks in Python; a microsecond before, at, and after each edge of a stage."""
    edges = ["2022-06-01", "2022-07-01", "2022-08-01", "2022-09-01"]
    batch, scheme = make_batch(), make_scheme()
    for edge in edges:
        moment = local(f"{edge} 00:00:00") + timedelta(microseconds=microseconds)
        TradeInFactory(batch=batch, plated_at=moment, day=date(2022, 5, 2))
    receive_claims(batch_id=batch.pk, by=None, now=NOW)
    at_the_door = [stage_and_amount(c) for c in scheme.claims.order_by("trade_in")]
    for trade_in in TradeIn.objects.all():
        outside.know(trade_in)

    sweep()

    steps = [(None, 0), (1, 30000), (2, 20000), (3, 10000), (None, 0)]
    assert at_the_door == (steps[:4] if microseconds < 0 else steps[1:])
    assert [stage_and_amount(c) for c in scheme.claims.order_by("trade_in")] == at_the_door
    cases = load_cases(list(scheme.claims.order_by("trade_in").values_list("pk", flat=True)))
    assert sorted(assess(case).amount_fen for _, case in cases) == sorted(fen for _, fen in at_the_door)


def test_a_ledger_written_in_one_zone_verifies_in_another(transactional_db, tmp_path):
    scheme = make_scheme()
    for zone in ("America/Los_Angeles", "Pacific/Kiritimati"):
        connect_in(zone)
        make_claim(scheme)
        allocate(scheme=scheme, now=NOW)
    try:
        exports = []
        for zone in ("Asia/Shanghai", "UTC", "America/Los_Angeles"):
            connect_in(zone)
            assert verify_ledger(scheme=scheme) == []
            exports.append(list(ledger_rows(scheme=scheme)))
    finally:
        connect_in(None)
    assert exports[0] == exports[1] == exports[2]
    assert {row[6] for row in exports[0]} == {"2022-09-20T01:00:00.000000Z"}


# ------------------------------------------------------------------ filed on a leap day


@pytest.mark.parametrize(
    ("filed_on", "completed", "refusals"),
    [
        (date(2016, 2, 29), "2023-02-28T23:59:59.999999+08:00", []),
        (date(2016, 2, 29), "2023-03-01T00:00:00+08:00", ["filed_too_long"]),
        (date(2016, 2, 28), "2023-02-28T23:59:59+08:00", []),
        (date(2016, 2, 28), "2023-03-01T00:00:00+08:00", ["filed_too_long"]),
        (date(2016, 3, 1), "2023-03-01T23:59:59+08:00", []),
        (date(2016, 3, 1), "2023-03-02T00:00:00+08:00", ["filed_too_long"]),
    ],
)
def test_seven_years_after_a_leap_day_end_with_the_28th_of_february(
    abroad, outside, filed_on, completed, refusals
):
    plan = SchemePlan(
        code="leap",
        name="电动自行车补贴",
        budget_fen=100_000,
        filing_plate_pattern="",
        digital_plate_pattern="",
        stages=(StageTerms(1, date(2023, 2, 1), date(2023, 3, 31), 30000, None),),
        head_of_line="strict",
        per_person_cap=1,
        filed_years_limit=7,
        settle_lag_hours=0,
    )
    now = datetime(2023, 4, 1, tzinfo=UTC)
    scheme = open_scheme(plan, by=UserFactory(), approved_by=UserFactory(), now=now)
    trade_in = TradeInFactory(day=date(2023, 2, 1), received_at=now)
    claim = make_claim(scheme, state="received", trade_in=trade_in, completed_at=trade_in.plated_at)
    FiledBikeFactory(filing_plate_no=trade_in.filing_plate_no, owner=trade_in.owner, filed_on=filed_on)
    outside.know(trade_in, plated_at=completed)

    sweep(now)
    allocate(scheme=scheme, now=now)

    claim.refresh_from_db()
    assert (claim.refusals, claim.state) == (refusals, "refused" if refusals else "settled")


# ------------------------------------------------------------------ no summer time


def test_hangzhou_has_had_no_summer_time_in_any_year_that_a_file_may_name():
    """The reader takes eight hours off; Python's and PostgreSQL's tables of zones must agree with it."""
    hours = (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=12 * n) for n in range(2 * 36525))
    assert {moment.astimezone(SHANGHAI).utcoffset() for moment in hours} == {timedelta(hours=8)}


def test_neither_has_it_in_postgresql(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT (t AT TIME ZONE 'Asia/Shanghai') - (t AT TIME ZONE 'UTC')"
            " FROM generate_series(timestamptz '2000-01-01Z', '2100-01-01Z', '12 hours') t"
        )
        assert cursor.fetchall() == [(timedelta(hours=8),)]


def test_there_was_one_until_1991_so_the_tables_are_really_asked():
    assert datetime(1991, 7, 1, tzinfo=ZoneInfo("Asia/Shanghai")).utcoffset() == timedelta(hours=9)


def test_a_summer_time_elsewhere_moves_no_time(transactional_db):
    """At half past one on 6 November 2022 Los Angeles had two times of that name; Hangzhou one."""
    connect_in("America/Los_Angeles")
    try:
        moments = [datetime(2022, 11, 6, hour, 30, tzinfo=UTC) for hour in (8, 9)]
        stored = [TradeInFactory(plated_at=moment).pk for moment in moments]
        assert [TradeIn.objects.get(pk=pk).plated_at.astimezone(UTC) for pk in stored] == moments
    finally:
        connect_in(None)


# ------------------------------------------------------------------ clocks that are moved


@pytest.fixture
def clock(db):
    """The wall clock, to be moved: it stands at NOW."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def waiting(clock, outside):
    """Two received claims that both systems would confirm; there is money for one."""
    scheme = make_scheme(budget_fen=30000)
    for day in (10, 11):
        trade_in = TradeInFactory(day=date(2022, 6, day))
        make_claim(scheme, state="received", trade_in=trade_in, completed_at=trade_in.plated_at)
        outside.know(trade_in)
    return scheme


def places(scheme):
    return list(scheme.claims.order_by("pk").values_list("pk", "completed_at", "received_at"))


def states(scheme):
    return list(scheme.claims.order_by("pk").values_list("state", flat=True))


JUMPS = [-400 * DAY, -DAY, timedelta(seconds=-1), timedelta(minutes=2), DAY, 2 * DAY]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_clock_that_jumps_between_question_and_answer_decides_once_and_moves_no_place(clock, waiting, jump):
    before = places(waiting)
    due = lease_due_claims(limit=10, now=timezone.now())
    answers = answers_to(due)

    clock.move_to(NOW + jump)
    record_answers(due, **answers, now=timezone.now())
    record_answers(due, **answers, now=timezone.now())
    allocate_all()
    clock.move_to(NOW)
    record_answers(due, **answers, now=timezone.now())
    sweep_checks()
    allocate_all()

    assert states(waiting) == ["settled", "waitlisted"]
    assert places(waiting) == before
    assert EligibilityCheck.objects.count() == 2
    assert verify_ledger(scheme=waiting) == []


def test_while_the_clock_is_ahead_a_colleague_takes_over_and_the_first_answer_counts_for_nothing(
    clock, waiting
):
    slow = lease_due_claims(limit=10, now=timezone.now())
    answers = answers_to(slow)

    clock.move_to(NOW + DAY)
    quick = lease_due_claims(limit=10, now=timezone.now())
    clock.move_to(NOW)
    record_answers(slow, **answers, now=timezone.now())
    assert states(waiting) == ["checking", "checking"]
    record_answers(quick, **answers, now=timezone.now())

    assert states(waiting) == ["eligible", "eligible"]
    assert EligibilityCheck.objects.count() == 2


@pytest.mark.parametrize("ahead", [DAY, 30 * DAY], ids=str)
def test_a_lease_taken_while_the_clock_was_ahead_is_over_when_its_time_has_come_and_not_before(
    clock, waiting, ahead
):
    """The worker died. Its claims wait until the true time has reached the lease's end, and no longer."""
    clock.move_to(NOW + ahead)
    lease_due_claims(limit=10, now=timezone.now())

    clock.move_to(NOW)
    assert sweep_checks() == 0
    clock.move_to(NOW + ahead + timedelta(seconds=179))
    assert sweep_checks() == 0
    clock.move_to(NOW + ahead + timedelta(seconds=180))
    assert sweep_checks() == 2
    assert states(waiting) == ["eligible", "eligible"]


def test_an_unknown_answer_while_the_clock_was_ahead_costs_time_but_no_place(clock, waiting, outside):
    before = places(waiting)
    outside.behave(fail=1.0, modes=("error",))
    clock.move_to(NOW + DAY)
    sweep_checks()
    assert states(waiting) == ["checking", "checking"]

    outside.behave(fail=0.0)
    clock.move_to(NOW)
    assert sweep_checks() == 0
    clock.move_to(NOW + DAY + timedelta(hours=1))
    assert sweep_checks() == 2
    allocate_all()

    assert states(waiting) == ["settled", "waitlisted"]
    assert places(waiting) == before


def test_three_days_of_waiting_that_a_wrong_clock_made_up_end_with_a_person_and_not_with_a_refusal(
    clock, waiting, outside
):
    outside.behave(fail=1.0, modes=("error",))
    clock.move_to(NOW + 400 * DAY)
    sweep_checks()
    assert states(waiting) == ["review", "review"]


# ------------------------------------------------------------------ clocks, and the money


def test_a_clock_behind_holds_money_back_and_a_clock_set_right_gives_it(clock):
    """The lag has passed by the true time alone; nothing is lost by the clock that stood too early."""
    scheme = make_scheme(budget_fen=30000, settle_lag_hours=24)
    for hour in ("09", "10"):
        make_claim(scheme, completed_at=local(f"2022-06-30 {hour}:00:00"))
    clock.move_to(local("2022-06-01 00:00:00"))
    allocate_all()
    assert states(scheme) == ["eligible", "waitlisted"]

    clock.move_to(local("2022-07-01 08:59:59"))
    allocate_all()
    assert states(scheme) == ["eligible", "waitlisted"]
    clock.move_to(local("2022-07-01 09:00:00"))
    allocate_all()
    assert states(scheme) == ["settled", "waitlisted"]


def test_what_a_clock_ahead_settled_stays_settled_when_it_is_set_back(clock):
    scheme = make_scheme(budget_fen=60000, settle_lag_hours=24)
    make_claim(scheme, completed_at=local("2022-06-30 09:00:00"))
    clock.move_to(local("2022-07-03 00:00:00"))
    allocate_all()
    clock.move_to(local("2022-06-30 12:00:00"))
    make_claim(scheme, completed_at=local("2022-06-30 08:00:00"))
    before = places(scheme)

    for moment in (
        "2022-06-30 12:00:01",
        "2022-06-29 00:00:00",
        "2022-07-01 08:00:00",
        "2022-06-01 00:00:00",
    ):
        clock.move_to(local(moment))
        allocate_all()

    assert states(scheme) == ["settled", "settled"]
    assert places(scheme) == before
    assert scheme.ledger.filter(kind="reserve").count() == 2


def test_times_in_the_ledger_may_run_backwards_but_the_chain_verifies(clock, tmp_path):
    scheme = make_scheme()
    moments = [NOW + DAY, NOW - DAY, NOW - 50 * DAY, NOW + timedelta(microseconds=1)]
    for moment in moments:
        make_claim(scheme)
        clock.move_to(moment)
        allocate(scheme=scheme, now=moment)

    entries = scheme.ledger.filter(kind="reserve").order_by("seq")
    assert list(entries.values_list("at", flat=True)) == moments
    assert verify_ledger(scheme=scheme) == []
    path = tmp_path / "ledger.csv"
    call_command("export_ledger", str(path), "--scheme", scheme.code)
    script = settings.BASE_DIR / "docs/check_ledger.py"
    assert subprocess.run([sys.executable, script, path], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_clock_that_jumps_while_the_operator_is_asked_pays_once(clock, batch, releaser, outside, jump):
    release_payout(batch=batch, by=releaser, now=timezone.now())
    order = lease_due_order(now=timezone.now())
    results = ask_operator(order)

    clock.move_to(NOW + jump)
    record_results(order, results, now=timezone.now())
    sweep_payouts()
    clock.move_to(NOW)
    record_results(order, results, now=timezone.now())
    sweep_payouts()

    assert set(Claim.objects.values_list("state", flat=True)) == {"paid"}
    assert outside.operator.summary()["payments"] == 2
    assert outside.operator.summary()["duplicates"] == []
    assert LedgerEntry.objects.filter(kind="pay").count() == 2
    assert verify_ledger(scheme=batch.scheme) == []


@pytest.mark.parametrize("sent", [True, False], ids=["it was sent", "nothing was sent"])
def test_a_payout_leased_while_the_clock_was_ahead_is_asked_about_when_its_time_has_come(
    clock, batch, releaser, outside, sent
):
    release_payout(batch=batch, by=releaser, now=timezone.now())
    clock.move_to(NOW + DAY)
    order = lease_due_order(now=timezone.now())
    if sent:
        ask_operator(order)  # and the worker dies

    clock.move_to(NOW)
    assert sweep_payouts() == 0
    clock.move_to(NOW + DAY + timedelta(seconds=180))
    assert sweep_payouts() == 1

    assert set(Claim.objects.values_list("state", flat=True)) == {"paid"}
    assert outside.operator.summary()["payments"] == 2
    assert outside.operator.summary()["duplicates"] == []
    assert verify_ledger(scheme=batch.scheme) == []
