"""Setting a scheme up, as a district writes it down; and what a scheme cannot be."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import PolicyVersion, Scheme, Stage
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.selectors.current import NoScheme, scheme_on
from subsidies.schemes.services.create import create_scheme, open_scheme
from tests.console import refused, update
from tests.factories import GONGSHU, NOW, UserFactory, make_scheme, top_up

pytestmark = pytest.mark.django_db

WRITTEN = {
    "code": "gongshu-2022",
    "name": "拱墅区电动自行车补贴",
    "timezone": "Asia/Shanghai",
    "budget_fen": 10_000_000,
    "head_of_line": "strict",
    "per_person_cap": 1,
    "filed_years_limit": 7,
    "settle_lag_hours": 24,
    "filing_plate_pattern": "^杭[A-Z]\\d{6}$",
    "digital_plate_pattern": "",
    "stages": [
        {
            "no": 1,
            "starts_on": "2022-06-01",
            "ends_on": "2022-06-30",
            "amount_fen": 30000,
            "cap_fen": None,
        },
        {
            "no": 2,
            "starts_on": "2022-07-01",
            "ends_on": "2022-07-31",
            "amount_fen": 20000,
            "cap_fen": 500_000,
        },
    ],
}


def plan(**differs):
    return SchemePlan.from_json(json.loads(json.dumps({**WRITTEN, **differs})))


def test_a_scheme_is_made_as_it_is_written():
    clerk = UserFactory()
    scheme = create_scheme(plan(), by=clerk, now=NOW)
    assert list(scheme.stages.values_list("no", "starts_on", "ends_on", "amount_fen", "cap_fen")) == [
        (1, date(2022, 6, 1), date(2022, 6, 30), 30000, None),
        (2, date(2022, 7, 1), date(2022, 7, 31), 20000, 500_000),
    ]
    policy = scheme.policies.get()
    assert (policy.version, policy.head_of_line, policy.settle_lag_hours) == (1, "strict", 24)
    assert policy.created_by == clerk


def test_its_budget_is_the_first_row_of_its_ledger():
    scheme = open_scheme(plan(), by=UserFactory(), approved_by=UserFactory(), now=NOW)
    first = scheme.ledger.get()
    assert (first.seq, first.kind, first.amount_fen, bytes(first.prev_hash)) == (
        1,
        "fund",
        10_000_000,
        bytes(32),
    )
    assert scheme.available_fen == scheme.funded_fen == 10_000_000
    assert verify_ledger(scheme=scheme) == []


def test_a_top_up_is_a_row_of_its_own_and_says_on_whose_paper():
    scheme, clerk = make_scheme(budget_fen=1000), UserFactory()
    top_up(scheme, 500, people=(UserFactory(), clerk), ref="拱财〔2022〕7号")
    scheme.refresh_from_db()
    assert scheme.funded_fen == 1500
    assert (scheme.ledger.last().ref, scheme.ledger.last().by) == ("拱财〔2022〕7号", clerk)


@pytest.mark.parametrize("missing", sorted(WRITTEN.keys() - {"timezone"}))
def test_a_plan_says_everything(missing):
    with pytest.raises(KeyError, match=missing):
        SchemePlan.from_json({name: value for name, value in WRITTEN.items() if name != missing})


def test_a_plan_keeps_hangzhou_time():
    with pytest.raises(ValueError, match="Asia/Shanghai"):
        plan(timezone="UTC")


def test_a_plan_writes_dates_as_dates():
    with pytest.raises(ValueError, match="June"):
        plan(stages=[{**WRITTEN["stages"][0], "starts_on": "June"}])


@pytest.mark.parametrize("budget", [0, -1])
def test_a_scheme_without_money_is_not_made_at_all(budget):
    with pytest.raises(ValueError, match="positive"):
        create_scheme(plan(budget_fen=budget), by=UserFactory(), now=NOW)
    assert not Scheme.objects.exists()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"no": 1}, "stage_numbers_are_unique"),
        ({"starts_on": "2022-06-30"}, "stages_do_not_overlap"),
        ({"starts_on": "2022-05-01"}, "stages_do_not_overlap"),
        ({"starts_on": "2022-08-01"}, "stage_ends_after_it_starts"),
        ({"amount_fen": 0}, "stage_amount_is_positive"),
        ({"amount_fen": -100}, "stage_amount_is_positive"),
        ({"cap_fen": -1}, "stage_is_never_oversold"),
    ],
)
def test_stages_that_cannot_be_are_refused_and_leave_nothing_behind(change, rule):
    june, july = WRITTEN["stages"]
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        create_scheme(plan(stages=[june, {**july, **change}]), by=UserFactory(), now=NOW)
    assert not Scheme.objects.exists()


def test_a_code_is_used_once():
    create_scheme(plan(), by=UserFactory(), now=NOW)
    with pytest.raises(IntegrityError, match="code"), transaction.atomic():
        create_scheme(plan(), by=UserFactory(), now=NOW)


def test_two_schemes_may_run_at_the_same_time():
    create_scheme(plan(), by=UserFactory(), now=NOW)
    assert create_scheme(plan(code="yuhang-2022"), by=UserFactory(), now=NOW).stages.count() == 2


def test_a_stage_is_not_moved_over_another_by_hand():
    august = Stage.objects.get(scheme=make_scheme(), no=3)
    assert refused(update(august, "starts_on = '2022-07-31'"), because="stages_do_not_overlap")


def test_a_policy_version_has_its_number_alone():
    scheme = make_scheme()
    with pytest.raises(IntegrityError, match="policy_versions_are_numbered"), transaction.atomic():
        PolicyVersion.objects.create(scheme=scheme, version=1, created_at=NOW)


def test_without_a_scheme_there_is_nothing_to_claim_under():
    with pytest.raises(NoScheme):
        scheme_on(date(2022, 6, 10), district=GONGSHU)
