"""A scheme whose September is over: funded, two claims settled; and what may happen to it afterwards."""

from datetime import date, datetime

import pytest

from subsidies.closing.services.close import close_month, confirm_close
from subsidies.payouts.judge import LineResult
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.prove import proved
from subsidies.payouts.services.record_results import lease_due_order, record_results
from tests.factories import NOW, UserFactory, local
from tests.laid import laid
from tests.subsidies.answers import heard

SEPTEMBER, OCTOBER, NOVEMBER = date(2022, 9, 1), date(2022, 10, 1), date(2022, 11, 1)
FIRST_OF_OCTOBER = local("2022-10-01 09:00:00")
FIRST_OF_NOVEMBER = local("2022-11-01 09:00:00")


@laid
def closer():
    return UserFactory(username="closer")


@laid
def confirmer():
    return UserFactory(username="confirmer")


@pytest.fixture
def close(scheme, closer, confirmer):
    """Close the scheme's month, by two people."""

    def closed(month=SEPTEMBER, now=FIRST_OF_OCTOBER):
        period = close_month(scheme=scheme, month=month, by=closer, now=now)
        return confirm_close(period=period, by=confirmer, now=now)

    return closed


@pytest.fixture
def pay(batch, releaser):
    """Pay both claims: the operator dates it `paid_at`, we hear of it `now`."""

    def paid(now: datetime = NOW, paid_at: datetime | None = None):
        release_payout(batch=batch, by=releaser, now=NOW)
        leased = lease_due_order(now=NOW)
        assert leased is not None
        order = proved(leased, now=NOW)
        results = {line.request_no: LineResult("success", paid_at=paid_at or now) for line in order.lines}
        record_results(order, heard(order, results), now=now)
        return batch

    return paid
