"""One bike, one subsidy: the database lets no second live claim in, whatever it is called."""

import pytest
from django.db import IntegrityError, transaction

from tests.console import ANOTHER_CLAIM, refused, sql
from tests.factories import TradeInFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("same", "rule"),
    [
        ("filing_plate_no", "one_live_claim_per_old_bike"),
        ("vehicle_code", "one_live_claim_per_new_vehicle"),
    ],
)
def test_one_bike_has_one_live_claim(same, rule):
    scheme = make_scheme()
    first = make_claim(scheme)
    twin = TradeInFactory(**{same: getattr(first, same)})
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        make_claim(scheme, state="received", trade_in=twin)


def test_not_even_under_two_schemes():
    first = make_claim(make_scheme())
    twin = TradeInFactory(filing_plate_no=first.filing_plate_no)
    with pytest.raises(IntegrityError, match="one_live_claim_per_old_bike"), transaction.atomic():
        make_claim(make_scheme(year=2021), state="received", trade_in=twin)


def test_one_trade_in_has_one_live_claim_whatever_the_copied_numbers_say():
    scheme = make_scheme()
    first = make_claim(scheme)
    assert refused(ANOTHER_CLAIM, "received", None, first.pk, because="one_live_claim_per_trade_in")


def test_a_cancelled_claim_sets_its_bike_free():
    scheme = make_scheme()
    first = make_claim(scheme)
    sql("UPDATE subsidies_claim SET state = 'cancelled' WHERE id = %s", first.pk)
    assert make_claim(scheme, trade_in=first.trade_in).state == "eligible"
