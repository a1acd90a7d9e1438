"""The cast of a payout, and two claims on their way to it; files of trade-ins."""

import pytest

from ebikes.models import ImportBatch
from subsidies.allocation.services.allocate import allocate
from subsidies.payouts.services.payouts import approve_claims, make_payouts
from tests.factories import NOW, UserFactory, local, make_claim, make_scheme
from tests.laid import laid
from tests.subsidies.outside import Outside, at_work


@laid
def approver():
    return UserFactory(username="approver")


@laid
def maker():
    return UserFactory(username="maker")


@laid
def releaser():
    return UserFactory(username="releaser")


@laid
def scheme():
    """Two settled claims."""
    scheme = make_scheme()
    make_claim(scheme)
    make_claim(scheme, completed_at=local("2022-07-10 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    return scheme


@laid
def approved(scheme, approver):
    approve_claims(claims=scheme.claims.all(), by=approver, now=NOW)
    return scheme


@laid
def batch(approved, maker):
    """A draft with both claims in it."""
    return make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW).batches[0]


@pytest.fixture
def make_batch():
    """A confirmed file of trade-ins; as many as are asked for."""

    def make():
        return ImportBatch.objects.create(
            kind="trade_ins", state="confirmed", file_name="6月.csv", uploaded_at=NOW, confirmed_at=NOW
        )

    return make


@pytest.fixture
def outside(settings):
    """The licensing systems and the operator, running on a loopback port."""
    with at_work(Outside(), settings) as running:
        yield running
