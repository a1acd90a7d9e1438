"""A shop with its owner and a clerk, whose passwords are known, and a clock that stands still until it is moved."""

import pytest
import time_machine
from django.test import Client

from tests.factories import NOW, MerchantFactory, UserFactory, give_password, make_member
from tests.laid import laid

PASSWORD = "Hushu-2022"


@pytest.fixture(autouse=True)
def _passwords_cost_nothing(settings):
    """A password's hash is slow on purpose; none here is worth it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def clock():
    """`clock.shift(seconds)`, `clock.move_to(moment)`."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@laid
def shop():
    return MerchantFactory(name="湖墅车行")


@pytest.fixture
def owner(shop):
    return with_password(make_member(shop, "owner"))


@pytest.fixture
def clerk(shop):
    return with_password(make_member(shop, "clerk"))


@pytest.fixture
def staff():
    return with_password(UserFactory(is_staff=True, is_superuser=True))


def with_password(user, password=PASSWORD):
    return give_password(user, password)


def logged_in(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client
