"""The people of the demonstration: one login for each role, each fit for its own work."""

import pytest
from django.test import Client

from config.packs.logins import STAFF, make_logins, make_staff
from core.accounts.roles import ROLES
from core.models import User
from tests.factories import TradeInFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _passwords_cost_nothing(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_every_login_that_is_printed_comes_in_and_every_role_has_one():
    TradeInFactory()
    make_staff()
    logins = make_logins()
    assert [login.username for login in logins] == ["staff", *STAFF, "merchant"]
    assert set(STAFF.values()) == set(ROLES)
    for login in logins:
        client = Client()
        client.post("/login/", {"username": login.username, "password": login.password})
        inside = "/portal/" if login.username == "merchant" else "/admin/"
        assert client.get(inside).status_code == 200


def test_nobody_of_them_has_more_than_one_role_and_only_one_may_do_everything():
    for _time in range(2):
        make_logins()
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["staff"]
    for name, role in STAFF.items():
        assert [group.name for group in User.objects.get(username=name).groups.all()] == [role]


def test_three_people_pay():
    assert [user.username for user in make_staff()] == ["reviewer", "finance", "releaser"]
