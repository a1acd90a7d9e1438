"""How often something may be tried in vain: counted once for all processes, before anybody looks whether it is right."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from core.accounts.throttle import (
    Rule,
    TooMany,
    blocked_until,
    count_attempt,
    forget,
    minutes_until,
    take_back,
)
from core.models import Throttle
from tests.factories import NOW

pytestmark = pytest.mark.django_db

RULE = Rule("test", limit=3, period=timedelta(minutes=10))
ONE, TWO, OTHER = RULE.key("one"), RULE.key("two"), RULE.key("other")


def after(minutes):
    return NOW + timedelta(minutes=minutes)


def tried(*minutes, keys=(ONE,)):
    """Try at each of these times; True where it was let through."""
    return [_tried(keys, after(each)) for each in minutes]


def _tried(keys, now):
    try:
        count_attempt(RULE, keys, now=now)
    except TooMany:
        return False
    return True


def test_the_limit_is_let_through_and_no_more():
    assert tried(0, 0, 0, 0, 0) == [True, True, True, False, False]


def test_the_wait_is_counted_from_the_last_that_was_let_through():
    assert tried(0, 4, 8, 12, 17, 18) == [True, True, True, False, False, True]
    assert blocked_until(RULE, [ONE], now=after(18)) is None


def test_trying_while_one_has_to_wait_makes_the_wait_no_longer():
    assert tried(0, 0, 0) == [True] * 3
    for minute in range(1, 10):
        with pytest.raises(TooMany) as refused:
            count_attempt(RULE, [ONE], now=after(minute))
        assert refused.value.until == after(10)
    assert tried(10) == [True]


def test_what_is_older_than_the_period_counts_no_more():
    assert tried(0, 6, 11, 17, 18) == [True] * 5
    assert tried(19) == [False]


def test_after_the_wait_everything_starts_anew():
    assert tried(0, 0, 0, 1, 10, 10, 10, 11) == [True, True, True, False, True, True, True, False]


def test_the_clock_that_goes_back_lets_nobody_through_sooner():
    assert tried(5, 5, 5, 0) == [True, True, True, False]


def test_one_key_of_two_that_had_its_number_refuses_both_and_counts_neither():
    tried(0, 0, 0)
    assert tried(1, 1, 1, 1, keys=(ONE, TWO)) == [False] * 4
    assert blocked_until(RULE, [TWO], now=after(1)) is None
    assert tried(1, 1, 1, keys=(TWO,)) == [True] * 3


def test_keys_are_counted_apart():
    tried(0, 0, 0)
    assert tried(0, keys=(OTHER,)) == [True]
    assert blocked_until(RULE, [OTHER], now=NOW) is None


def test_a_key_named_twice_counts_once():
    assert tried(0, 0, 0, 0, keys=(ONE, ONE)) == [True, True, True, False]


def test_the_wait_is_the_longest_of_all_keys():
    tried(0, 0, 0)
    tried(4, 4, 4, keys=(TWO,))
    assert blocked_until(RULE, [ONE, TWO], now=after(5)) == after(14)


def test_an_attempt_that_was_right_is_taken_back_alone():
    tried(0, 0)
    count_attempt(RULE, [ONE, TWO], now=NOW)
    take_back([ONE, TWO], now=NOW)
    assert tried(0, 0) == [True, False]
    assert tried(0, 0, 0, 0, keys=(TWO,)) == [True, True, True, False]


def test_taking_back_what_was_never_counted_changes_nothing():
    tried(0, 0, 0)
    take_back([ONE, OTHER], now=after(1))
    assert tried(2) == [False]


def test_what_is_forgotten_starts_anew():
    tried(0, 0, 0)
    tried(0, 0, 0, keys=(TWO,))
    forget([ONE, OTHER])
    assert tried(0) == [True]
    assert tried(0, keys=(TWO,)) == [False]


def test_rules_and_numbers_of_parts_never_share_a_key():
    rules = [Rule(name, 1, timedelta(1)) for name in ("a", "b")]
    keys = {rule.key(*parts) for rule in rules for parts in (("x", "y"), ("x\x1fy",), ("xy",), ("x",))}
    assert len(keys) == 8


def test_the_table_tells_neither_names_nor_addresses():
    count_attempt(RULE, [RULE.key("wang.xiaofang", "203.0.113.9")], now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM core_throttle AS t")
        (row,) = cursor.fetchone()
    for secret in ("wang", "203.0.113.9", b"wang".hex()):
        assert secret not in row


def test_old_rows_go_without_anybody_sweeping():
    tried(0, keys=(TWO,))
    tried(0, keys=(OTHER,))
    tried(24 * 60 + 1)
    assert [bytes(row.key) for row in Throttle.objects.all()] == [ONE]


def test_minutes_are_whole_and_never_none():
    waits = [timedelta(seconds=each) for each in (-5, 0, 1, 60, 61, 1800)]
    assert [minutes_until(NOW + wait, now=NOW) for wait in waits] == [1, 1, 1, 1, 2, 30]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_only_the_limit_is_let_through():
    def one(number):
        keys = [ONE, TWO] if number % 2 else [TWO, ONE]
        try:
            return _tried(keys, NOW + timedelta(microseconds=number))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) == RULE.limit
    assert {len(row.tried_at) for row in Throttle.objects.all()} == {RULE.limit}
