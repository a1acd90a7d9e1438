"""Ten wrong look-ups in ten minutes from one address, or for one record number, and no more for a while."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.models import Throttle
from subsidies.reasons import NEXT_STEPS
from subsidies.states import ClaimState
from tests.factories import NOW
from tests.subsidies.pages.site import ID_NO

pytestmark = pytest.mark.django_db

NONE, WAIT = "没有找到这份申请", "没有查到的次数过多，请 10 分钟后再试"
RIGHT = ID_NO[-4:]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def look_up(record_no, id_end, address="203.0.113.9"):
    return Client(REMOTE_ADDR=address).post(reverse("home"), {"record_no": record_no, "id_end": id_end})


def found(claim, **kwargs):
    html = look_up(claim.trade_in.record_no, RIGHT, **kwargs).content.decode()
    return str(NEXT_STEPS[ClaimState.SETTLED]) in html


def guess(record_no, times, **kwargs):
    """Wrong guesses; the last answer."""
    for number in range(times):
        response = look_up(record_no, f"{number:04d}", **kwargs)
    return response


def test_the_eleventh_wrong_look_up_from_an_address_is_told_to_wait(claim):
    for number in range(10):
        response = guess(f"TH{number}", 1)
        assert (response.status_code, NONE in response.content.decode()) == (200, True)
    response = guess("TH99", 1)
    assert (response.status_code, WAIT in response.content.decode()) == (429, True)
    assert not found(claim)
    assert found(claim, address="198.51.100.1")


def test_ten_wrong_endings_from_ten_addresses_close_the_record(claim):
    for number in range(10):
        guess(claim.trade_in.record_no, 1, address=f"198.51.100.{number}")
    assert not found(claim)
    assert WAIT in look_up(claim.trade_in.record_no, RIGHT).content.decode()


def test_spelling_the_number_otherwise_makes_no_new_record(claim):
    spaced = " ".join(claim.trade_in.record_no.lower())
    for number in range(10):
        guess((spaced, claim.trade_in.record_no)[number % 2], 1, address=f"198.51.100.{number}")
    assert not found(claim)


def test_after_ten_minutes_it_may_be_asked_again(claim, clock):
    guess(claim.trade_in.record_no, 10)
    clock.shift(599)
    assert "请 1 分钟后再试" in look_up(claim.trade_in.record_no, RIGHT).content.decode()
    clock.shift(1)
    assert found(claim)


def test_what_is_found_does_not_count(claim):
    guess(claim.trade_in.record_no, 9)
    assert all(found(claim) for _ in range(20))
    guess(claim.trade_in.record_no, 1)
    assert not found(claim)


def test_a_look_up_that_is_found_does_not_open_the_address_to_more_guesses(claim):
    for number in range(9):
        guess(f"TH{number}", 1)
        assert found(claim)
    assert guess("TH9", 1).status_code == 200
    assert guess("TH10", 1).status_code == 429


def test_a_number_that_does_not_exist_is_answered_like_one_that_does(claim):
    statuses = [
        [guess(record_no, 1, address=address).status_code for _ in range(12)]
        for record_no, address in ((claim.trade_in.record_no, "198.51.100.1"), ("TH0", "198.51.100.2"))
    ]
    assert statuses[0] == statuses[1] == [200] * 10 + [429] * 2


@pytest.mark.parametrize(("record_no", "id_end"), [("", "0000"), ("TH1", "1"), ("x" * 65, "0000")])
def test_a_form_that_is_not_filled_in_does_not_count(record_no, id_end):
    for _ in range(11):
        assert look_up(record_no, id_end).status_code == 200
    assert not Throttle.objects.exists()


def test_the_page_itself_stays_open_to_whoever_has_to_wait(claim):
    guess("TH1", 11)
    response = Client(REMOTE_ADDR="203.0.113.9").get(reverse("home"))
    assert (response.status_code, WAIT in response.content.decode()) == (200, False)


def test_neither_number_nor_address_is_kept_in_clear(claim):
    guess(claim.trade_in.record_no, 3)
    kept = b"".join(bytes(row.key) for row in Throttle.objects.all())
    assert claim.trade_in.record_no.encode() not in kept
    assert b"203.0.113.9" not in kept
    assert {len(bytes(row.key)) for row in Throttle.objects.all()} == {16}
