"""Somebody who may do everything, and an empty district."""

import pytest

from tests.admin.district import District, logged_in
from tests.factories import UserFactory


@pytest.fixture
def boss():
    return UserFactory(username="boss", is_staff=True, is_superuser=True)


@pytest.fixture
def client(boss):
    return logged_in(boss)


@pytest.fixture
def district():
    return District()


@pytest.fixture(scope="module")
def grown(module_db):
    """One of everything, paid: made once, for a module whose tests all begin with it."""
    district = District()
    district.pay(district.grow())
