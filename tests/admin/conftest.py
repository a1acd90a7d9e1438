"""Somebody who may do everything, one of each role, and an empty district."""

import pytest

from core.accounts.roles import ROLES
from core.middleware import idle
from tests.admin.district import District, logged_in
from tests.factories import UserFactory, change_rights, make_scheme, make_staff
from tests.laid import laid


@pytest.fixture(autouse=True)
def _seen_once(monkeypatch):
    """Whoever is at work is written down with the first page, not amid a count of queries on a busy machine."""
    monkeypatch.setattr(idle, "STEP", 3600)


@laid
def boss():
    return UserFactory(username="boss", is_staff=True, is_superuser=True)


@laid
def client(boss):
    return logged_in(boss)


@laid
def district():
    return District()


@pytest.fixture(scope="module")
def grown(module_db):
    """One of everything, paid, of the year before: made once, for a module whose tests all begin with it."""
    district = District(make_scheme(year=2021))
    district.pay(district.grow())
    change_rights(UserFactory(), "roles", roles=["merchant_manager"])


@pytest.fixture(scope="module")
def at_work(module_db):
    """Somebody logged in for each role, and under None one of the staff who has none: made once, for who only looks."""
    return {
        role: logged_in(make_staff(role) if role else UserFactory(is_staff=True)) for role in (*ROLES, None)
    }
