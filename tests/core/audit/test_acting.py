"""Who did it, by which verb, when: PostgreSQL is told, and forgets when the verb ends."""

import pytest

from core.audit.acting import acting
from tests.console import sql, update
from tests.factories import NOW, UserFactory, make_claim, make_scheme
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def claim():
    return make_claim(make_scheme())


def move(claim, state):
    sql(update(claim, f"state = '{state}'"))
    return claim.events.last()


def test_a_verb_inside_a_verb_is_named_and_the_outer_one_again_after_it(claim):
    outer, inner = UserFactory(), UserFactory()
    with acting("outer", by=outer, now=NOW):
        with acting("inner", by=inner, now=NOW):
            first = move(claim, "waitlisted")
        second = move(claim, "settled")
    assert [(e.verb, e.by) for e in (first, second)] == [("inner", inner), ("outer", outer)]


def test_after_the_verb_nobody_acts(claim):
    with acting("waitlist", by=UserFactory(), now=NOW):
        pass
    event = move(claim, "waitlisted")
    assert (event.verb, event.by, event.note) == ("(sql)", None, "")


def test_a_verb_that_failed_leaves_neither_its_work_nor_its_name(claim):
    def broken():
        with acting("broken", by=UserFactory(), now=NOW):
            move(claim, "waitlisted")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert move(claim, "waitlisted").verb == "(sql)"
    assert claim.events.filter(verb="broken").count() == 0


def test_the_system_itself_acts_as_nobody(claim):
    with acting("allocate", by=None, now=NOW):
        event = move(claim, "waitlisted")
    assert (event.verb, event.by, event.at) == ("allocate", None, NOW)
