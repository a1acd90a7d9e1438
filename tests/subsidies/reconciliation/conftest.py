"""Two payments that were made today, and the people of finance."""

import pytest

from subsidies.payouts.services.payouts import release_payout
from subsidies.tasks import sweep_payouts
from tests.factories import NOW, UserFactory
from tests.laid import laid


@laid
def anna():
    return UserFactory(username="anna")


@laid
def bo():
    return UserFactory(username="bo")


@pytest.fixture
def paid(batch, releaser, outside):
    release_payout(batch=batch, by=releaser, now=NOW)
    sweep_payouts()
    return batch


@pytest.fixture
def line(paid):
    return paid.lines.order_by("pk")[0]


@pytest.fixture
def book(outside, line):
    """The operator's own entry of that payment, to be written over."""
    return outside.operator._lines[line.request_no]
