"""What refuses a claim, what it earns, when it was completed. `tests/cases/checks.csv` has a row per case."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidies.engine.case import (
    DEREGISTERED,
    STANDARD,
    Case,
    ExingFacts,
    Filing,
    PlateFacts,
    Record,
    Rules,
    anniversary,
)
from subsidies.engine.checks import CHECKS, Result, assess
from subsidies.engine.stages import StageTerms
from tests.factories import local

CASE_FILE = Path(__file__).parents[2] / "cases/checks.csv"
ROWS = list(csv.DictReader(CASE_FILE.read_text(encoding="utf-8").splitlines()))
MORNING = local("2022-06-10 09:00:00")
STAGES = (
    StageTerms(1, date(2022, 6, 1), date(2022, 6, 30), 30000),
    StageTerms(2, date(2022, 7, 1), date(2022, 7, 31), 20000),
    StageTerms(3, date(2022, 8, 1), date(2022, 8, 31), 10000),
)
CLEAN = Case(
    record=Record(b"xiaofang", "123422200000001", MORNING, MORNING, MORNING, MORNING),
    filing=Filing(b"xiaofang", date(2018, 6, 1)),
    exing=ExingFacts(b"xiaofang", DEREGISTERED, MORNING, MORNING),
    plate=PlateFacts(b"xiaofang", "123422200000001", MORNING, STANDARD),
    merchant_enabled_on=date(2022, 3, 1),
    authorised=((date(2022, 5, 1), None),),
    rules=Rules(STAGES, filed_years_limit=7),
)


def value_of(field: str, text: str) -> object:
    if text == "none":
        return None
    if field == "holder":
        return text.encode()
    if field.endswith("_at"):
        return local(text)
    if field.endswith("_on"):
        return date.fromisoformat(text)
    return int(text) if field == "filed_years_limit" else text


def change(case: Case, what: str) -> Case:
    """`part.field=value` as the case file writes it; `all` puts every event, whoever reports it, there."""
    path, text = what.strip().split("=", 1)
    part, _, field = path.partition(".")
    if path == "all":
        return finished_at(case, local(text))
    if path == "rules.opens":
        opened = replace(case.rules.stages[0], starts_on=date.fromisoformat(text))
        return replace(case, rules=replace(case.rules, stages=(opened, *case.rules.stages[1:])))
    if path == "authorised":
        spans = [] if text == "never" else [span.split("..") for span in text.split()]
        return replace(case, authorised=tuple((value_of("_on", a), value_of("_on", b)) for a, b in spans))
    if not field:
        return replace(case, **{part: value_of(part, text)})
    return replace(case, **{part: replace(getattr(case, part), **{field: value_of(field, text)})})


def finished_at(case: Case, moment: datetime) -> Case:
    four = dict.fromkeys(("deregistered_at", "collected_at", "purchased_at", "plated_at"), moment)
    return replace(
        case,
        record=replace(case.record, **four),
        exing=case.exing and replace(case.exing, deregistered_at=moment, collected_at=moment),
        plate=case.plate and replace(case.plate, plated_at=moment),
    )


@pytest.mark.parametrize("row", ROWS, ids=[row["case"] for row in ROWS])
def test_the_case_file(row):
    case = CLEAN
    for what in filter(None, row["differs from a clean trade-in"].split(";")):
        case = change(case, what)

    found = assess(case)

    assert "|".join(found.refusals) == row["refusals"]
    assert found.amount_fen == int(row["yuan"]) * 100


def test_every_check_is_refused_and_passed_somewhere_in_the_case_file():
    assert {code for row in ROWS for code in row["refusals"].split("|") if code} == set(CHECKS)


@pytest.mark.parametrize(
    ("moment", "stage"),
    [
        (datetime(2022, 5, 31, 15, 59, 59, tzinfo=UTC), None),
        (datetime(2022, 5, 31, 16, 0, 0, tzinfo=UTC), 1),
        (datetime(2022, 6, 30, 15, 59, 59, 999_999, tzinfo=UTC), 1),
        (datetime(2022, 6, 30, 16, 0, 0, tzinfo=UTC), 2),
        (datetime(2022, 8, 31, 15, 59, 59, tzinfo=UTC), 3),
        (datetime(2022, 8, 31, 16, 0, 0, tzinfo=UTC), None),
    ],
)
def test_a_stage_begins_and_ends_at_midnight_in_hangzhou_however_the_time_is_written(moment, stage):
    assert assess(finished_at(CLEAN, moment)).stage_no == stage


def test_stages_need_not_be_calendar_months():
    yuhang = Rules((StageTerms(1, date(2022, 6, 15), date(2022, 7, 15), 30000),), None)
    case = replace(CLEAN, rules=yuhang)
    assert assess(finished_at(case, local("2022-07-15 23:59:59"))).amount_fen == 30000
    assert assess(finished_at(case, local("2022-07-16 00:00:00"))).refusals == ["outside_stages"]


def test_the_later_event_of_the_process_decides_a_tie():
    assert assess(CLEAN).completed_by == "plated_at"


@pytest.mark.parametrize("event", ["deregistered_at", "collected_at", "purchased_at", "plated_at"])
def test_the_last_event_completes_the_trade_in_whichever_it_is(event):
    late = MORNING + timedelta(days=2)
    case = replace(CLEAN, record=replace(CLEAN.record, **{event: late}))
    exing = ExingFacts(b"xiaofang", DEREGISTERED, None if event == "deregistered_at" else MORNING, MORNING)
    if event == "collected_at":
        exing = replace(exing, collected_at=late)
    plate = replace(CLEAN.plate, plated_at=None) if event == "plated_at" else CLEAN.plate
    found = assess(replace(case, exing=exing, plate=plate))
    assert (found.completed_at, found.completed_by) == (late, event)


def test_a_question_without_a_subject_is_not_applicable_rather_than_passed():
    results = assess(replace(CLEAN, filing=None, exing=None, plate=None)).results
    assert {code for code, result in results.items() if result is Result.NOT_APPLICABLE} == {
        "other_owner",
        "not_deregistered",
        "not_collected",
        "plate_other_owner",
        "plate_other_vehicle",
        "plate_non_standard",
        "filed_too_long",
    }


def test_a_leap_day_has_its_anniversary_on_the_last_of_february():
    assert anniversary(date(2016, 2, 29), 7) == date(2023, 2, 28)
    assert anniversary(date(2016, 2, 29), 4) == date(2020, 2, 29)


PEOPLE = st.sampled_from([b"xiaofang", b"neighbour"])
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2023, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(2010, 1, 1), date(2023, 12, 31))
CODES = st.sampled_from(["1", "2"])
CASES = st.builds(
    Case,
    record=st.builds(Record, PEOPLE, CODES, MOMENTS, MOMENTS, MOMENTS, MOMENTS),
    filing=st.none() | st.builds(Filing, PEOPLE, DAYS),
    exing=st.none()
    | st.builds(
        ExingFacts,
        PEOPLE,
        st.sampled_from([DEREGISTERED, "在册", ""]),
        st.none() | MOMENTS,
        st.none() | MOMENTS,
    ),
    plate=st.none()
    | st.builds(PlateFacts, PEOPLE, CODES, st.none() | MOMENTS, st.sampled_from([STANDARD, "非标", ""])),
    merchant_enabled_on=st.none() | DAYS,
    authorised=st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=3).map(tuple),
    rules=st.builds(Rules, st.just(STAGES) | st.just(()), filed_years_limit=st.none() | st.integers(0, 9)),
    taken_elsewhere=st.none() | st.booleans(),
)


@given(CASES)
def test_whatever_the_case_it_is_assessed(case):
    found = assess(case)
    assert set(found.results) == set(CHECKS) - (
        {"claimed_elsewhere"} if case.taken_elsewhere is None else set()
    )
    assert found.refusals == sorted(set(found.refusals))
    assert (found.amount_fen == 0) == (found.stage_no is None) == ("outside_stages" in found.refusals)
    assert found.completed_at == max(case.happened().values()) == case.happened()[found.completed_by]


@given(CASES)
def test_a_stranger_is_never_eligible(case):
    stranger = replace(case, record=replace(case.record, holder=b"stranger"))
    assert assess(stranger).refusals
