"""Whose money it is: the scheme says so by two people, and an order keeps what was so when it was made."""

import pytest

from subsidies.models import PayoutLine
from subsidies.payouts.operator import _body
from subsidies.payouts.services.payouts import make_payouts, release_payout
from subsidies.payouts.services.record_results import lease_due_order
from subsidies.tasks import sweep_payouts
from tests.console import refused, tamper, update
from tests.factories import NOW, PAYER, change_policy

pytestmark = pytest.mark.django_db


def paid_by(order):
    return _body(order)["payer_wallet_id"], _body(order)["payer_name"]


def ordered(scheme, maker, stage):
    (batch,) = make_payouts(
        scheme=scheme, claims=scheme.claims.filter(stage__no=stage), by=maker, now=NOW
    ).batches
    return batch


def test_a_scheme_that_names_no_payer_pays_from_the_installation_s(approved, maker, releaser, settings):
    settings.PAYER_WALLET, settings.PAYER_NAME = "0021000000000009", "拱墅区市场监管局"
    release_payout(batch=ordered(approved, maker, 1), by=releaser, now=NOW)
    assert paid_by(lease_due_order(now=NOW)) == ("0021000000000009", "拱墅区市场监管局")


def test_a_scheme_pays_from_its_own_wallet(approved, maker, releaser):
    change_policy(approved, **PAYER)
    release_payout(batch=ordered(approved, maker, 1), by=releaser, now=NOW)
    assert paid_by(lease_due_order(now=NOW)) == (PAYER["payer_wallet"], PAYER["payer_name"])


def test_an_order_keeps_the_payer_that_it_was_made_with(approved, maker, releaser, settings):
    before = ordered(approved, maker, 1)
    change_policy(approved, **PAYER)
    settings.PAYER_WALLET = "0021000000000009"
    assert ordered(approved, maker, 2).payer_wallet == PAYER["payer_wallet"]
    release_payout(batch=before, by=releaser, now=NOW)
    assert paid_by(lease_due_order(now=NOW))[0] == before.payer_wallet == "0000000000000000"


def test_nobody_gives_an_order_another_payer(approved, maker):
    batch = ordered(approved, maker, 1)
    assert refused(update(batch, "payer_wallet = '0021000000000001'"), because="is an order")
    assert refused(update(batch, "payer_name = ''"), because="is an order")


def test_an_order_with_another_payer_than_was_made_does_not_leave(approved, maker, releaser, outside):
    batch = ordered(approved, maker, 1)
    release_payout(batch=batch, by=releaser, now=NOW)
    tamper(update(batch, "payer_wallet = '0021000000000001'"))
    sweep_payouts()
    assert outside.operator.summary()["payments"] == 0
    assert "batch_made" in PayoutLine.objects.get(batch=batch).said
