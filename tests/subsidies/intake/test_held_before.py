"""A bike that comes again is paid to another payee only when a second person has let that go."""

import pytest

from subsidies.intake.services.held_before import hold_again
from subsidies.models import Hold
from tests.console import put_in
from tests.factories import NOW, OwnerFactory, TradeInFactory, UserFactory, make_claim

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("ended_as", "same_owner", "is_held"),
    [
        *(("cancelled", True, True), ("refused", True, True), ("recovered", True, True)),
        *(("cancelled", False, True), ("refused", False, False)),
    ],
)
def test_another_payee_of_a_bike_that_comes_again_is_held(scheme, make_batch, ended_as, same_owner, is_held):
    """Somebody else's claim for it that was refused says nothing of where its owner is paid."""
    old, batch = scheme.claims.get(stage__no=1), make_batch()
    put_in(old, ended_as)
    owner = old.owner if same_owner else OwnerFactory()
    record = TradeInFactory(
        batch=batch, owner=owner, filing_plate_no=old.filing_plate_no, phone="+8613900009999"
    )
    claim = make_claim(scheme, trade_in=record)
    hold_again(batch_id=batch.pk, by=UserFactory(), now=NOW)
    assert list(claim.holds.values_list("kind", flat=True)) == [Hold.Kind.PAYEE] * is_held
