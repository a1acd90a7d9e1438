"""An insider who writes to the database past every verb wants another's money: nothing is paid, and it shows."""

import pytest

from core.privacy.sealing import blind_index
from subsidies.models import Hold, PayeeChange, PayeeCheck, PayoutLine
from subsidies.payees.services.check_names import check_names
from subsidies.payouts.services.payouts import make_payouts
from subsidies.review.hold_wording import hold_in_words
from tests.console import tamper
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HIS = "0021999999999999"


@pytest.fixture
def accomplice(approved):
    """A claim of his own, with his wallet in it."""
    own = approved.claims.latest("pk").trade_in
    own.wallet_no, own.wallet_index = HIS, blind_index(HIS, context="wallet_no")
    own.save()
    return own


def copied(victim, accomplice):
    """Ciphertext and index of his own record, copied over the victim's."""
    tamper(
        "UPDATE ebikes_tradein t SET wallet_no = o.wallet_no, wallet_index = o.wallet_index FROM ebikes_tradein o"
        " WHERE o.id = %s AND t.id = %s", accomplice.pk, victim.pk,
    )  # fmt: skip


def index_alone(victim, accomplice):
    """The record says another wallet than is looked for."""
    tamper(
        "UPDATE ebikes_tradein SET phone_index = %s WHERE id = %s",
        blind_index("+86139", context="phone"),
        victim.pk,
    )


def his_name(victim, accomplice):
    """The record names another owner, by bytes that open in his own record alone."""
    tamper(
        "UPDATE ebikes_tradein t SET owner_name = o.owner_name FROM ebikes_tradein o WHERE o.id = %s AND t.id = %s",
        accomplice.pk,
        victim.pk,
    )


def wallet_taken_away(victim, accomplice):
    tamper("UPDATE ebikes_tradein SET phone_index = NULL WHERE id = %s", victim.pk)


def the_whole_record(victim, accomplice):
    """What identifies his record copied along, so that the bytes open: the claim knows which bike it is about."""
    tamper("UPDATE ebikes_tradein SET record_no = 'x' WHERE id = %s", accomplice.pk)
    tamper(
        "UPDATE ebikes_tradein t SET wallet_no = o.wallet_no, wallet_index = o.wallet_index, record_no = %s,"
        " phone = o.phone, phone_index = o.phone_index,"
        " filing_plate_no = o.filing_plate_no, vehicle_code = o.vehicle_code"
        " FROM ebikes_tradein o WHERE o.id = %s AND t.id = %s", accomplice.record_no, accomplice.pk, victim.pk,
    )  # fmt: skip


def a_change_that_nobody_made(victim, accomplice):
    """A row of the payee's changes, with the bytes of another claim's."""
    claim = victim.claims.get()
    PayeeChange.objects.create(
        claim=accomplice.claims.get(),
        wallet_no=HIS,
        wallet_index=accomplice.wallet_index,
        by=claim.approved_by,
        at=NOW,
    )
    tamper(
        "INSERT INTO subsidies_payeechange (claim_id, wallet_no, wallet_index, wallet_operator, note, by_id, at)"
        " SELECT %s, wallet_no, wallet_index, '', '', by_id, at FROM subsidies_payeechange LIMIT 1", claim.pk,
    )  # fmt: skip


ATTACKS = [copied, his_name, index_alone, wallet_taken_away, the_whole_record, a_change_that_nobody_made]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_payee_that_was_put_there_is_paid_nothing_and_held(approved, maker, accomplice, attack, settings):
    settings.NAME_CHECK = False
    victim = approved.claims.earliest("pk")
    attack(victim.trade_in, accomplice)
    made = make_payouts(scheme=approved, claims=approved.claims.all(), by=maker, now=NOW)
    assert victim.pk in made.without_address
    assert not PayoutLine.objects.filter(claim=victim).exists()
    hold = Hold.objects.get(claim=victim)
    assert hold.kind == "altered"
    assert hold_in_words(hold)


@pytest.mark.parametrize("attack", [copied, his_name])
def test_nobody_outside_is_asked_about_it_and_the_others_go_on(
    approved, accomplice, outside, settings, attack
):
    settings.NAME_CHECK = True
    victim = approved.claims.earliest("pk")
    attack(victim.trade_in, accomplice)
    for _time in range(2):
        check_names(now=NOW)
    assert list(PayeeCheck.objects.values_list("claim", flat=True)) == [accomplice.claims.get().pk]
    assert Hold.objects.filter(claim=victim, kind="altered").count() == 1
