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
