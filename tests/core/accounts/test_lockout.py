"""Five wrong passwords lock a name for half an hour, whoever it is, at every form that logs somebody in."""

import logging
import re

import pytest
from django.contrib.auth import authenticate
from django.test import Client
from django.urls import reverse

from core.models import Throttle
from tests.core.accounts.conftest import PASSWORD, logged_in, with_password
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LOCKED = "密码连续输错，账号已锁定，请 30 分钟后再试。"
FORMS = ["login", "admin:login"]


def log_in(username, password, *, form="login", address="203.0.113.9"):
    """Send the form from an address; the client and its page."""
    client = Client(REMOTE_ADDR=address)
    response = client.post(reverse(form), {"username": username, "password": password})
    assert response.status_code in (200, 302)
    return client, response


def came_in(*args, **kwargs):
    client, _response = log_in(*args, **kwargs)
    return "_auth_user_id" in client.session


def fail(username, times, **kwargs):
    """Wrong passwords; the last page."""
    for number in range(times):
        _client, response = log_in(username, f"wrong-{number}", **kwargs)
    return response.content.decode()


def without_input(html):
    """A page without what was typed into it, nor the token of its forms."""
    return re.sub(r'value="[^"]*"', "", html)


@pytest.mark.parametrize("form", FORMS)
def test_the_fifth_wrong_password_locks_and_says_for_how_long(staff, form):
    assert LOCKED not in fail(staff.username, 4, form=form)
    assert LOCKED in fail(staff.username, 1, form=form)
    _client, response = log_in(staff.username, PASSWORD, form=form)
    assert LOCKED in response.content.decode()
    assert not came_in(staff.username, PASSWORD, form=form)


@pytest.mark.parametrize(("tried_at", "then_at"), [FORMS, FORMS[::-1]])
def test_a_lock_from_one_form_holds_at_the_other(staff, tried_at, then_at):
    fail(staff.username, 5, form=tried_at)
    assert not came_in(staff.username, PASSWORD, form=then_at)


def test_failures_at_both_forms_add_up(staff):
    fail(staff.username, 3, form="login")
    assert LOCKED in fail(staff.username, 2, form="admin:login")


def test_four_wrong_passwords_and_the_right_one_come_in(clerk):
    fail(clerk.username, 4)
    assert came_in(clerk.username, PASSWORD)


def test_the_lock_ends_after_half_an_hour(clerk, clock):
    fail(clerk.username, 5)
    clock.shift(30 * 60 - 1)
    _client, response = log_in(clerk.username, PASSWORD)
    assert "请 1 分钟后再试" in response.content.decode()
    clock.shift(1)
    assert came_in(clerk.username, PASSWORD)


def test_trying_on_while_locked_does_not_prolong_it(clerk, clock):
    fail(clerk.username, 5)
    clock.shift(29 * 60)
    fail(clerk.username, 10)
    clock.shift(60)
    assert came_in(clerk.username, PASSWORD)


def test_another_address_is_locked_out_of_the_name_too(clerk):
    fail(clerk.username, 5, address="203.0.113.9")
    assert not came_in(clerk.username, PASSWORD, address="198.51.100.1")


def test_five_addresses_with_one_guess_each_lock_the_name(clerk):
    for number in range(5):
        page = fail(clerk.username, 1, address=f"198.51.100.{number}")
    assert LOCKED in page


def test_a_log_in_starts_the_name_anew_but_not_what_is_tried_from_elsewhere(clerk):
    fail(clerk.username, 4, address="198.51.100.1")
    assert came_in(clerk.username, PASSWORD, address="203.0.113.9")
    assert LOCKED in fail(clerk.username, 1, address="198.51.100.1")
    assert came_in(clerk.username, PASSWORD, address="203.0.113.9")
    assert not came_in(clerk.username, PASSWORD, address="198.51.100.1")


def test_another_name_from_the_same_address_is_not_locked(clerk, owner):
    fail(clerk.username, 5)
    assert came_in(owner.username, PASSWORD)


def test_a_forged_forwarding_header_makes_no_new_address(clerk, settings):
    settings.PROXIES = 1
    for number in range(5):
        client = Client(headers={"x-forwarded-for": f"198.51.100.{number}, 203.0.113.9"})
        response = client.post(reverse("login"), {"username": clerk.username, "password": "wrong"})
    assert LOCKED in response.content.decode()
    assert Throttle.objects.count() == 2


@pytest.mark.parametrize("form", FORMS)
def test_a_name_without_an_account_is_answered_alike(staff, form):
    for times in (1, 3, 1, 1):
        known, unknown = (
            without_input(fail(name, times, form=form)) for name in (staff.username, "nobody.at.all")
        )
        assert known == unknown
    assert LOCKED in unknown


def test_an_account_that_is_switched_off_is_answered_like_none(clerk):
    clerk.is_active = False
    clerk.save()
    _client, off = log_in(clerk.username, PASSWORD)
    _client, none = log_in("nobody.at.all", PASSWORD)
    assert without_input(off.content.decode()) == without_input(none.content.decode())


def test_a_locked_name_costs_no_hash(clerk, monkeypatch):
    fail(clerk.username, 5)
    monkeypatch.setattr("django.contrib.auth.hashers.check_password", pytest.fail)
    monkeypatch.setattr("core.models.User.check_password", pytest.fail)
    assert not came_in(clerk.username, PASSWORD)


def test_a_merchant_who_tries_the_staffs_door_is_refused_and_not_locked(clerk):
    for _ in range(6):
        assert not came_in(clerk.username, PASSWORD, form="admin:login")
    assert came_in(clerk.username, PASSWORD)


@pytest.mark.parametrize("username", ["", "\x00", "x" * 300, "'; --", "王小芳"])
def test_any_name_gets_an_answer(username):
    assert "<h1>" in fail(username, 6)


def test_a_session_that_is_there_goes_on_while_its_name_is_locked(clerk):
    client = logged_in(clerk)
    fail(clerk.username, 5)
    assert client.get(reverse("portal")).status_code == 200


def test_names_that_differ_are_different_people():
    names = [with_password(UserFactory(username=name)).username for name in ("li.na", "li.nan")]
    fail(names[0], 5)
    assert came_in(names[1], PASSWORD)


def test_without_a_request_it_is_counted_too(clerk):
    for _ in range(5):
        assert authenticate(username=clerk.username, password="wrong") is None
    assert authenticate(username=clerk.username, password=PASSWORD) is None


def test_what_is_no_log_in_with_a_password_is_not_ours(clerk):
    assert authenticate(token="x") is None
    assert Throttle.objects.count() == 0


def test_neither_password_nor_name_is_logged(clerk, caplog):
    caplog.set_level(logging.DEBUG)
    for password in ("secret-guess", PASSWORD):
        for form in FORMS:
            log_in(clerk.username, password, form=form)
    for _ in range(6):
        log_in(clerk.username, "secret-guess")
    written = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    for secret in ("secret-guess", PASSWORD, clerk.username):
        assert not [line for line in written if secret in line]
