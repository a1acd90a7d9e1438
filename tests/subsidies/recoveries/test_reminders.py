"""What is overdue is found each day, told to the shop, and written down: once, and again after a month."""

from datetime import timedelta

import pytest

from subsidies.models import RecoveryReminder
from subsidies.recoveries.plans import Due
from subsidies.recoveries.selectors.overdue import overdue
from subsidies.recoveries.services.cases import amend_proposal, confirm_recovery
from subsidies.recoveries.services.remind import remind_overdue
from subsidies.recoveries.services.steps import Motion, decide_step, propose_step
from tests.factories import NOW
from tests.subsidies.recoveries.conftest import demand, in_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_parts(proposed, officer, reviewer):
    parts = ((in_days(10), 10_000), (in_days(40), 10_000), (in_days(70), 10_000))
    amend_proposal(case=proposed, demand=demand(30_000, *parts), by=officer, now=NOW)
    return confirm_recovery(case=proposed, by=reviewer, now=NOW)


@pytest.fixture
def told():
    return []


def remind(told, days):
    return remind_overdue(
        channel=lambda merchant, text: told.append((merchant, text)), now=NOW + timedelta(days=days)
    )


def missing(days):
    return [(each.due_on, each.missing_fen) for each in overdue(today=in_days(days))]


def test_on_the_day_itself_nothing_is_overdue(in_parts, told):
    assert (missing(10), remind(told, 10)) == ([], 0)


def test_the_day_after_the_shop_is_told_without_a_name(in_parts, paid, told):
    assert remind(told, 11) == 1
    ((merchant, text),) = told
    assert merchant == paid.trade_in.merchant
    assert paid.trade_in.record_no in text
    assert "100 元" in text
    assert in_parts.number in text
    assert paid.trade_in.owner_name not in text


def test_run_twice_it_tells_once_and_again_after_thirty_days(in_parts, told):
    assert [remind(told, days) for days in (11, 11, 12, 40, 41)] == [1, 0, 0, 0, 2]
    assert RecoveryReminder.objects.count() == len(told) == 3


def test_what_was_received_covers_the_parts_in_turn(in_parts, receive):
    receive(in_parts, 14_000, now=NOW)
    assert missing(11) == []
    assert missing(41) == [(in_days(40), 6_000)]
    assert missing(71) == [(in_days(40), 6_000), (in_days(70), 10_000)]


def test_a_new_plan_counts_from_what_had_come_by_then(in_parts, receive, officer, reviewer):
    receive(in_parts, 14_000)
    plan = (Due(in_days(90), 8_000), Due(in_days(120), 8_000))
    step = propose_step(case=in_parts, motion=Motion("replan", "困难", plan=plan), by=officer, now=NOW)
    assert missing(41) == [(in_days(40), 6_000)]
    decide_step(step=step, approve=True, by=reviewer, now=NOW)
    assert (missing(41), missing(91)) == ([], [(in_days(90), 8_000)])


def test_of_what_is_only_proposed_or_over_nobody_is_reminded(proposed, reviewer, receive, told):
    assert remind(told, 400) == 0
    case = confirm_recovery(case=proposed, by=reviewer, now=NOW)
    receive(case, 30_000)
    assert remind(told, 400) == 0
