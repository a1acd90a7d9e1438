"""Entries that arrive while their month is being closed: each is in the close, or refused. None slips between."""

import threading
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from subsidies.closing.selectors.proof import verify_periods
from subsidies.closing.services.close import close_month
from subsidies.ledger.services.append import append_change
from subsidies.models import Period
from tests.console import lay_change
from tests.factories import NOW, UserFactory, make_scheme, top_up
from tests.subsidies.closing.conftest import FIRST_OF_OCTOBER, SEPTEMBER

pytestmark = pytest.mark.django_db(transaction=True)


# A row of September, by somebody at a console who locks nothing.
def close(scheme, *, patient=True):
    with transaction.atomic():
        if not patient:
            impatient()
        return close_month(scheme=scheme, month=SEPTEMBER, by=UserFactory(), now=FIRST_OF_OCTOBER)


def impatient():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")


def write(scheme):
    with transaction.atomic():
        impatient()
        append_change(lay_change(scheme, 100), now=NOW)


@contextmanager
def in_another_session(what, *args):
    """Do it in a session whose transaction stays open until the end of the block."""
    done, over = threading.Event(), threading.Event()

    def session():
        try:
            with transaction.atomic():
                what(*args)
                done.set()
                over.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=session)
    thread.start()
    assert done.wait(10)
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def test_who_writes_while_it_is_being_closed_waits_and_is_refused():
    scheme = make_scheme()
    with in_another_session(close, scheme), pytest.raises(OperationalError, match="lock timeout"):
        write(scheme)
    with pytest.raises(IntegrityError, match="2022-09 is closed"):
        write(scheme)
    assert verify_periods(scheme=scheme) == []


def test_who_closes_while_somebody_writes_waits_and_has_the_row():
    scheme = make_scheme()
    with in_another_session(write, scheme), pytest.raises(OperationalError, match="lock timeout"):
        close(scheme, patient=False)
    assert close(scheme).sums == {"fund": {"rows": 2, "fen": 10_000_100}}
    assert verify_periods(scheme=scheme) == []


def test_of_many_who_write_while_one_closes_each_is_in_it_or_refused():
    scheme, start, refused, written = make_scheme(), threading.Barrier(5), [], []

    def writes():
        start.wait()
        try:
            while not refused:
                top_up(scheme, 100)
                written.append(1)
        except IntegrityError as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=writes) for _ in range(4)]
    for thread in threads:
        thread.start()
    start.wait()
    period = close(scheme)
    for thread in threads:
        thread.join()
    assert all("2022-09 is closed" in each for each in refused)
    assert period.sums["fund"]["rows"] == len(written) + 1
    assert verify_periods(scheme=scheme) == []


def test_of_two_who_close_at_once_one_does():
    scheme, start, came_of_it = make_scheme(), threading.Barrier(3), []

    def closes():
        start.wait()
        try:
            close(scheme)
            came_of_it.append("closed")
        except ValueError as refusal:
            came_of_it.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=closes) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came_of_it) == ["OutOfOrder", "OutOfOrder", "closed"]
    assert Period.objects.count() == 1
