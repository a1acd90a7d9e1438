"""That a payee was changed once money was set aside is told to the owner, on the old number too."""

import pytest

from subsidies.claims.services.change_payee import change_payee
from subsidies.models import OwnerNotice
from subsidies.payees.channels import owner_channel, to_sms
from subsidies.payees.services.tell_owners import tell_owners
from tests.factories import NOW, UserFactory, make_claim, make_scheme

pytestmark = pytest.mark.django_db

WALLET, NEW_PHONE = "6217000011112222", "+8613900001111"


@pytest.fixture
def claim(scheme):
    return scheme.claims.order_by("completed_at")[0]


def changed(claim):
    change_payee(claim=claim, cells={"wallet_no": WALLET, "phone": NEW_PHONE}, by=UserFactory(), now=NOW)


def test_on_every_number_that_is_known(claim):
    sent = []
    changed(claim)
    assert tell_owners(channel=lambda *told: sent.append(told), now=NOW) == 1
    assert [phone for phone, _text, _number in sent] == [claim.trade_in.phone, NEW_PHONE]
    assert "2222" in sent[0][1]
    assert WALLET not in sent[0][1]
    assert tell_owners(channel=lambda *told: sent.append(told), now=NOW) == 0


def test_before_money_is_set_aside_they_are_told_as_well():
    changed(make_claim(make_scheme()))
    assert OwnerNotice.objects.exists()


def test_by_short_message_once_under_its_number(claim, outside, settings):
    settings.SMS_URL = settings.ECNY_URL
    changed(claim)
    tell_owners(channel=to_sms, now=NOW)
    OwnerNotice.objects.update(told_at=None, next_try_at=NOW)
    tell_owners(channel=to_sms, now=NOW)
    messages = outside.operator.messages
    assert [each["phone"] for each in messages.values()] == [claim.trade_in.phone, NEW_PHONE]


def test_what_may_not_have_arrived_is_sent_again(claim, outside, settings):
    settings.SMS_URL = settings.ECNY_URL
    changed(claim)
    outside.behave(fail=1.0, modes=("error",))
    assert tell_owners(channel=to_sms, now=NOW) == 0
    notice = OwnerNotice.objects.get()
    assert (notice.tries, notice.told_at) == (1, None)
    outside.behave(fail=0.0)
    assert tell_owners(channel=to_sms, now=notice.next_try_at) == 1


def test_the_log_does_not_have_the_number(claim, caplog):
    changed(claim)
    tell_owners(channel=owner_channel(), now=NOW)
    assert claim.trade_in.phone not in caplog.text
