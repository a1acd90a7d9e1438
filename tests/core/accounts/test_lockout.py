"""Who guesses passwords has to wait, and nobody else: at every form that logs somebody in."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from core.models import KnownDevice, RightsChange, Throttle
from core.rights.services import NotPossible
from tests.core.accounts.conftest import PASSWORD, logged_in, with_password
from tests.factories import UserFactory, change_rights

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LOCKED = "密码连续输错，从这里登录已暂停，请 30 分钟后再试。"
FORMS = ["login", "admin:login"]


HERE, ELSEWHERE = "203.0.113.9", "198.51.100.1"


def log_in(username, password, *, form="login", address=HERE, client=None):
    """Send the form from an address; the client and its page."""
    client = client or Client(REMOTE_ADDR=address)
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
    assert "请 1 秒后再试" in response.content.decode()
    clock.shift(1)
    assert came_in(clerk.username, PASSWORD)


def test_trying_on_while_locked_does_not_prolong_it(clerk, clock):
    fail(clerk.username, 5)
    clock.shift(29 * 60)
    fail(clerk.username, 10)
    clock.shift(60)
    assert came_in(clerk.username, PASSWORD)


@pytest.mark.parametrize("form", FORMS)
def test_thirty_five_requests_lock_no_colleague_out_who_comes_from_elsewhere(form):
    colleagues = [with_password(UserFactory(is_staff=True)) for _ in range(7)]
    for each in colleagues:
        fail(each.username, 5, form=form, address=ELSEWHERE)
    assert all(came_in(each.username, PASSWORD, form=form, address=HERE) for each in colleagues)
    assert not came_in(colleagues[0].username, PASSWORD, form=form, address=ELSEWHERE)


def test_one_name_tried_thirty_five_times_from_one_address_is_open_elsewhere(clerk):
    fail(clerk.username, 35, address=ELSEWHERE)
    assert came_in(clerk.username, PASSWORD, address=HERE)


def test_a_log_in_elsewhere_does_not_start_the_guesser_anew(clerk):
    fail(clerk.username, 4, address=ELSEWHERE)
    assert came_in(clerk.username, PASSWORD, address=HERE)
    assert LOCKED in fail(clerk.username, 1, address=ELSEWHERE)
    assert came_in(clerk.username, PASSWORD, address=HERE)


# ------------------------------------------------------------------ from many addresses


def guess_from_many_addresses(username, number):
    for each in range(number):
        page = fail(username, 1, address=f"198.51.{each // 250}.{each % 250}")
    return page


def test_from_many_addresses_the_waits_under_one_name_grow(clerk, clock):
    guess_from_many_addresses(clerk.username, 9)
    assert came_in(clerk.username, PASSWORD)
    waits = []
    for number in range(9):
        page = fail(clerk.username, 1, address=f"192.0.2.{number}")
        (unit,) = re.findall(r"请 (\d+) (秒|分钟)后再试", page)
        waits.append(int(unit[0]) * (60 if unit[1] == "分钟" else 1))
        clock.shift(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_however_many_try_a_name_its_person_waits_a_minute_at_most(clerk, clock):
    guess_from_many_addresses(clerk.username, 10)
    for number in range(20):
        clock.shift(60)
        fail(clerk.username, 1, address=f"192.0.2.{number}")
    assert not came_in(clerk.username, PASSWORD)
    clock.shift(60)
    assert came_in(clerk.username, PASSWORD)


# ------------------------------------------------------------------ many names from one address


def test_a_thousand_names_from_one_address_are_stopped(clerk, settings, monkeypatch):
    looked_at = []
    monkeypatch.setattr(
        "django.contrib.auth.backends.ModelBackend.authenticate",
        lambda *args, username, **kwargs: looked_at.append(username),
    )
    for number in range(1000):
        assert authenticate(from_address(HERE), username=f"name-{number}", password="Spring-2022") is None
    assert len(looked_at) == settings.LOGIN_ADDRESS_LIMIT


def from_address(address):
    return RequestFactory().post("/login/", REMOTE_ADDR=address)


def test_who_sprays_is_stopped_and_everybody_elsewhere_is_not(clerk, owner, settings):
    settings.LOGIN_ADDRESS_LIMIT = 6
    for number in range(6):
        fail(f"name-{number}", 1, address=ELSEWHERE)
    assert not came_in(clerk.username, PASSWORD, address=ELSEWHERE)
    assert came_in(clerk.username, PASSWORD, address=HERE)


def test_right_passwords_do_not_count_and_excuse_no_wrong_ones(clerk, settings):
    settings.LOGIN_ADDRESS_LIMIT = 6
    assert all(came_in(clerk.username, PASSWORD) for _ in range(8))
    for number in range(6):
        fail(f"name-{number}", 1)
        clock_sees = came_in(clerk.username, PASSWORD)
    assert not clock_sees


def test_all_of_an_ipv6_home_is_one_address(settings):
    settings.LOGIN_ADDRESS_LIMIT = 6
    for number in range(6):
        fail(f"name-{number}", 1, address=f"2001:db8::{number:x}")
    assert "后再试" in fail("name-7", 1, address="2001:db8::ffff")
    assert "后再试" not in fail("name-7", 1, address="2001:db8:0:1::1")


@pytest.mark.django_db(transaction=True)
def test_of_many_sent_at_once_no_more_are_looked_at_than_one_by_one(clerk, monkeypatch):
    looked_at = []
    monkeypatch.setattr(
        "django.contrib.auth.backends.ModelBackend.authenticate",
        lambda *args, username, **kwargs: looked_at.append(username),
    )

    def one(number):
        try:
            authenticate(from_address(HERE), username=clerk.username, password="wrong")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(30)))
    assert len(looked_at) == 5


# ------------------------------------------------------------------ a device that is known


def known(user, **options):
    """A browser on which this person logged in before, and left."""
    client = Client(**options)
    log_in(user.username, PASSWORD, client=client)
    client.post(reverse("logout"))
    assert "_auth_user_id" not in client.session
    return client


def comes_in(client, user):
    log_in(user.username, PASSWORD, client=client)
    return "_auth_user_id" in client.session


def test_on_a_known_device_one_comes_in_whatever_others_try_from_wherever(clerk, settings):
    settings.LOGIN_ADDRESS_LIMIT = 12
    client = known(clerk, REMOTE_ADDR=HERE)
    fail(clerk.username, 6, address=HERE)
    guess_from_many_addresses(clerk.username, 12)
    for number in range(12):
        fail(f"name-{number}", 1, address=HERE)
    assert not came_in(clerk.username, PASSWORD, address=HERE)
    assert comes_in(client, clerk)


def test_a_known_device_has_five_guesses_too(clerk):
    client = known(clerk)
    for number in range(5):
        log_in(clerk.username, f"wrong-{number}", client=client)
    assert not comes_in(client, clerk)
    assert came_in(clerk.username, PASSWORD)


def test_a_device_is_known_to_its_person_alone(clerk, owner):
    client = known(owner, REMOTE_ADDR=HERE)
    fail(clerk.username, 5, address=HERE)
    assert not comes_in(client, clerk)


def test_a_cookie_that_was_made_up_is_none(clerk):
    client = Client(REMOTE_ADDR=HERE)
    client.cookies["device"] = "x" * 43
    fail(clerk.username, 5, address=HERE)
    assert not comes_in(client, clerk)
    assert not KnownDevice.objects.exists()


def test_a_device_is_forgotten_after_its_days(clerk, clock, settings):
    client = known(clerk, REMOTE_ADDR=HERE)
    clock.shift(settings.DEVICE_DAYS * 24 * 3600)
    fail(clerk.username, 5, address=HERE)
    assert not comes_in(client, clerk)


def test_the_table_does_not_hold_what_the_cookie_says(clerk):
    cookie = known(clerk).cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie.value.encode() not in bytes(KnownDevice.objects.get().digest)


def test_a_wrong_password_makes_no_device_known(clerk):
    client, _page = log_in(clerk.username, "wrong")
    assert "device" not in client.cookies


# ------------------------------------------------------------------ staff from their own networks only


@pytest.fixture
def office(settings):
    settings.STAFF_NETWORKS = ["203.0.113.0/24", "2001:db8::/48"]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("address", "comes"),
    [(HERE, True), ("2001:db8::9", True), (ELSEWHERE, False), ("2001:db9::9", False), ("", False)],
)
def test_staff_come_in_from_their_networks_alone(staff, address, comes):
    assert came_in(staff.username, PASSWORD, address=address) == comes
    page = Client(REMOTE_ADDR=address).get("/admin/login/")
    assert page.status_code == (200 if comes else 403)


@pytest.mark.usefixtures("office")
def test_from_outside_the_right_password_of_staff_is_answered_like_a_wrong_one(staff):
    pages = [log_in(staff.username, each, address=ELSEWHERE)[1] for each in (PASSWORD, "wrong")]
    right, wrong = (without_input(page.content.decode()) for page in pages)
    assert right == wrong
    assert "工作人员的账号只能在单位指定的网络登录" in right


@pytest.mark.usefixtures("office")
def test_a_session_of_staff_that_goes_elsewhere_opens_nothing_there(staff, clerk):
    client = logged_in(staff, REMOTE_ADDR=ELSEWHERE)
    assert [client.get(each).status_code for each in ("/admin/", "/imports/", "/")] == [403, 403, 200]
    assert client.post("/logout/").status_code == 302
    assert logged_in(clerk, REMOTE_ADDR=ELSEWHERE).get("/portal/").status_code == 200


# ------------------------------------------------------------------ letting somebody try again


def test_two_administrators_let_somebody_try_again_and_it_is_written_down(clerk):
    fail(clerk.username, 5)
    change_rights(clerk, "unlock")
    assert came_in(clerk.username, PASSWORD)
    change = RightsChange.objects.exclude(kind="first").get()
    assert (change.kind, change.person, change.state) == ("unlock", clerk, "confirmed")


def test_nothing_is_unlocked_where_nothing_was_tried(clerk):
    with pytest.raises(NotPossible):
        change_rights(clerk, "unlock")


def test_unlocking_one_leaves_the_others_and_the_spraying_counted(clerk, owner, settings):
    settings.LOGIN_ADDRESS_LIMIT = 10
    fail(clerk.username, 5)
    fail(owner.username, 5)
    change_rights(clerk, "unlock")
    assert not came_in(owner.username, PASSWORD)
    assert not came_in(clerk.username, PASSWORD)  # the address has had its ten
    assert came_in(clerk.username, PASSWORD, address=ELSEWHERE)


# ------------------------------------------------------------------ what it is not


def test_another_name_from_the_same_address_is_not_locked(clerk, owner):
    fail(clerk.username, 5)
    assert came_in(owner.username, PASSWORD)


def test_a_forged_forwarding_header_makes_no_new_address(clerk, settings):
    settings.PROXIES = 1
    for number in range(5):
        client = Client(headers={"x-forwarded-for": f"198.51.100.{number}, 203.0.113.9"})
        response = client.post(reverse("login"), {"username": clerk.username, "password": "wrong"})
    assert LOCKED in response.content.decode()
    assert Throttle.objects.count() == 3


@pytest.mark.parametrize("form", FORMS)
def test_a_name_without_an_account_is_answered_alike(staff, form):
    for times in (1, 3, 1, 1):
        there, none = (
            without_input(fail(name, times, form=form)) for name in (staff.username, "nobody.at.all")
        )
        assert there == none
    assert LOCKED in none


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


@pytest.mark.parametrize("username", ["", "x" * 300, "'; --", "王小芳"])
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
