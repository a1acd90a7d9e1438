"""Days begin and end in Hangzhou, wherever the machine stands; and one module says when that is."""

import ast
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.conf import settings

from core.shanghai import SHANGHAI, in_words, local, local_day, midnight, to_the_minute, to_the_second, today
from tests.core.shipped import SHIPPED, lines_where, modules_where

EVE = datetime(2022, 6, 30, 15, 59, 59, tzinfo=UTC)  # a second before July in Hangzhou
JULY = datetime(2022, 6, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize(("moment", "day"), [(EVE, date(2022, 6, 30)), (JULY, date(2022, 7, 1))])
def test_a_day_ends_at_midnight_in_hangzhou(moment, day):
    assert local_day(moment) == day
    with time_machine.travel(moment, tick=False):
        assert today() == day


def test_a_day_begins_with_its_midnight():
    assert midnight(date(2022, 7, 1)) == JULY
    assert local(JULY).tzinfo is SHANGHAI


def test_a_moment_is_told_by_hangzhous_clock():
    assert to_the_second(EVE) == "2022-06-30 23:59:59"
    assert to_the_minute(JULY) == "2022-07-01 00:00"


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("2022-06-30T16:00:00+00:00", "2022-07-01 00:00:00"),
        ("2022-06-30", "2022-06-30"),
        ("有效", "有效"),
        (7, "7"),
    ],
)
def test_what_is_no_moment_is_told_as_it_is(kept, told):
    assert in_words(kept) == told


@pytest.mark.parametrize("ask", [local, local_day, to_the_second, to_the_minute])
def test_a_moment_without_a_zone_is_refused(ask):
    with pytest.raises(ValueError, match="zone"):
        ask(datetime(2022, 6, 30))  # noqa: DTZ001 - that is the question


ELSEWHERE = {
    *("localdate", "localtime", "make_aware", "get_default_timezone", "get_current_timezone"),
    *("ZoneInfo", "astimezone", "utcnow", "fromtimestamp"),
}


def offends(node):
    """Whether it finds out the time here, or a day, in a way of its own."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) if name in ELSEWHERE:
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="datetime"), attr="now")):
            return True  # Django's `timezone.now()` is the clock
        case ast.Call(func=ast.Attribute(value=ast.Name(id="date"), attr="today")):
            return True
        case ast.Call(func=ast.Attribute(attr="combine"), args=[_, _, *_zone]):
            return any(getattr(each, "id", "") == "SHANGHAI" for each in _zone)
    return False


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("day = timezone.localdate(now)", True),
        ("from django.utils.timezone import localtime", True),
        ("at = moment.astimezone(zone)", True),
        ("now = datetime.now(UTC)", True),
        ("day = date.today()", True),
        ("first = datetime.combine(day, time(), SHANGHAI)", True),
        ("first = midnight(day)", False),
        ("now = timezone.now()", False),
        ("naive = datetime.combine(day, time(9, 40))", False),
    ],
)
def test_a_second_way_to_tell_the_time_is_found(line, found):
    assert bool(lines_where(offends, line)) is found


CLOCKS = {"now", "today", "localdate", "monotonic"}


def reads_the_clock(module):
    """The lines on which a module asks for the time while it is read: what it was told is yesterday's after midnight."""
    waiting, lines = [ast.parse(module)], []
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Lambda():
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                waiting += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
                continue
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[]) if name in CLOCKS:
                lines.append(node.lineno)
        waiting += ast.iter_child_nodes(node)
    return lines


@pytest.mark.parametrize(
    ("module", "lines"),
    [
        ("DAY = today()", [1]),
        ("DAYS = [\n    localdate()]", [2]),
        ("@given(timezone.now())\ndef test():\n    pass", [1]),
        ("def test(day=today()):\n    pass", [1]),
        ("def test():\n    return today()", []),
        ("clock = lambda: today()", []),
        ("EVE = midnight(date(2022, 7, 1))", []),
    ],
)
def test_a_clock_that_is_read_with_the_module_is_found(module, lines):
    assert reads_the_clock(module) == lines


def test_no_module_reads_the_clock_while_it_is_read_itself():
    tests = [*(settings.BASE_DIR / "tests").rglob("*.py")]
    shipped = [path for app in SHIPPED for path in (settings.BASE_DIR / app).rglob("*.py")]
    found = {str(path): reads_the_clock(path.read_text()) for path in [*tests, *shipped]}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_no_shipped_module_has_a_time_of_its_own():
    assert modules_where(offends, home="core/shanghai.py") == {}
