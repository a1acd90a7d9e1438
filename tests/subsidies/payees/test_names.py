"""Before money is ordered the operator says whose the wallet is; what it does not say is not ordered."""

import pytest

from core.privacy.sealing import blind_index
from subsidies.claims.services.change_payee import change_payee
from subsidies.models import Hold, PayeeCheck
from subsidies.payees.selectors.names import to_be_asked
from subsidies.payees.services.check_names import check_names
from subsidies.payouts.services.payouts import make_payouts
from subsidies.review.services.hold_claims import clear_claims
from tests.console import refused
from tests.factories import NOW, UserFactory

pytestmark = pytest.mark.django_db

SOUND, OTHERS, NONE = "6217000011112222", "6217000011110001", "6217000011110000"


@pytest.fixture(autouse=True)
def _asked(settings):
    settings.NAME_CHECK = True


def paid_to(claim, wallet):
    """As it stood in the record from the beginning."""
    trade_in = claim.trade_in
    trade_in.wallet_no, trade_in.wallet_index = wallet, blind_index(wallet, context="wallet_no")
    trade_in.save(update_fields=["wallet_no", "wallet_index"])


def made(scheme, by):
    batches = make_payouts(scheme=scheme, claims=scheme.claims.all(), by=by, now=NOW).batches
    return sum(batch.lines.count() for batch in batches)


def test_nothing_is_ordered_before_it_was_asked(approved, maker, outside):
    assert made(approved, maker) == 0
    assert check_names(now=NOW) == 2
    assert made(approved, maker) == 2
    assert check_names(now=NOW) == 0


@pytest.mark.parametrize(("wallet", "result"), [(OTHERS, "mismatch"), (NONE, "no_wallet")])
def test_a_wallet_that_is_not_the_owners_waits_for_a_person(approved, maker, outside, wallet, result):
    claim = approved.claims.order_by("completed_at")[0]
    paid_to(claim, wallet)
    check_names(now=NOW)
    assert claim.payee_checks.get().result == result
    hold = claim.holds.get(kind=Hold.Kind.NAME)
    assert hold.evidence == {"result": result}
    assert made(approved, maker) == 1


@pytest.mark.parametrize("name", ["王*芳", "王*", ""])
def test_half_a_name_is_borne_by_nobodys_wallet(approved, maker, outside, name):
    """A thief's wallet under a real customer's record: the operator would have found that it fits what was written."""
    claim = approved.claims.order_by("completed_at")[0]
    claim.trade_in.owner_name = name
    paid_to(claim, SOUND)
    claim.trade_in.save(update_fields=["owner_name"])
    check_names(now=NOW)
    assert claim.payee_checks.get().result == "mismatch"
    assert claim.holds.get(kind=Hold.Kind.NAME)
    assert made(approved, maker) == 1


def test_a_person_may_let_it_go(approved, maker, outside):
    claim = approved.claims.order_by("completed_at")[0]
    paid_to(claim, OTHERS)
    check_names(now=NOW)
    clear_claims(claims=approved.claims.all(), by=UserFactory(), now=NOW, reasons=["asked_by_phone"])
    assert made(approved, maker) == 2


def test_silence_is_no_answer(approved, maker, outside):
    outside.behave(fail=1.0, modes=("error",))
    assert check_names(now=NOW) == 0
    assert made(approved, maker) == 0
    assert to_be_asked().count() == 2


@pytest.mark.parametrize("word", ["OK", "match", None, 1, {}])
def test_a_word_that_is_not_known_is_no_answer(approved, outside, monkeypatch, word):
    monkeypatch.setattr("ebikes.licensing.stub.server.name_on", lambda asked: word)
    assert check_names(now=NOW) == 0
    assert to_be_asked().count() == 2


def test_another_payee_is_asked_about_again(approved, maker, outside):
    check_names(now=NOW)
    claim = approved.claims.order_by("completed_at")[0]
    change_payee(claim=claim, cells={"wallet_no": SOUND}, by=UserFactory(), now=NOW)
    clear_claims(claims=approved.claims.all(), by=UserFactory(), now=NOW, reasons=["asked_by_phone"])
    claim.refresh_from_db()
    assert claim.state == "settled"
    approved.claims.filter(pk=claim.pk).update(state="approved", approved_by=UserFactory())
    assert list(to_be_asked()) == [claim]
    assert made(approved, maker) == 1


def test_where_the_operator_cannot_be_asked_it_is_left_out(approved, maker, outside, settings):
    settings.NAME_CHECK = False
    assert made(approved, maker) == 2


def test_what_was_said_stays(approved, outside):
    check_names(now=NOW)
    assert PayeeCheck.objects.count() == 2
    assert refused("UPDATE subsidies_payeecheck SET result = 'match'", because="never|only|refused")
