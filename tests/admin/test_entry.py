"""Who comes in, and who may move what."""

import pytest
from django.test import Client

from core.models import Export
from ebikes.models import TradeIn
from merchants.models import Merchant
from subsidies.models import Claim, PayoutBatch
from tests.admin.district import EDITABLE, READ_ONLY, act, confirm, logged_in, url
from tests.factories import UserFactory, make_member

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["anonymous", "merchant's owner", "nobody"])
def test_only_staff_come_in(district, who):
    district.grow()
    member = make_member(Merchant.objects.first(), "owner")
    user = {"anonymous": None, "merchant's owner": member, "nobody": UserFactory()}[who]
    client = logged_in(user) if user else Client()
    for model in (*READ_ONLY, *EDITABLE):
        response = client.get(url(model, "changelist"))
        assert response.status_code == 302
        assert "login" in response.headers["Location"]


def test_staff_without_rights_see_nothing_and_move_nothing(district):
    batch = district.pay(district.grow())
    client = logged_in(UserFactory(is_staff=True))
    for model in (*READ_ONLY, *EDITABLE):
        assert client.get(url(model, "changelist")).status_code == 403
    for model in (TradeIn, Claim):
        asking = f"{url(Export, 'add')}?list={model._meta.label_lower}"
        assert client.get(asking).status_code == 403
        assert client.post(asking, {"format": "csv"}).status_code == 403
    data = {"action": "release", "_selected_action": [batch.pk]}
    assert client.post(url(PayoutBatch, "changelist"), data).status_code == 403


def test_whoever_may_only_look_moves_nothing(district, staff_who_may):
    settled, ordered = district.grow(), district.grow()
    batch = district.pay(ordered)
    client = logged_in(staff_who_may("view_claim", "view_payoutbatch"))
    for row, actions in ((settled, ["approve", "order_payment"]), (batch, ["release", "discard"])):
        page = client.get(url(type(row), "changelist"))
        assert page.status_code == 200
        for action in actions:
            assert f'value="{action}"' not in page.content.decode()
            act(client, type(row), action, row)
    settled.refresh_from_db()
    batch.refresh_from_db()
    assert (settled.state, batch.state) == ("settled", "draft")


def test_whoever_may_change_claims_and_payouts_calls_their_verbs(district, staff_who_may):
    claim, ordered = district.grow(), district.grow()
    batch = district.pay(ordered)
    client = logged_in(staff_who_may("change_claim", "change_payoutbatch"))
    confirm(client, Claim, "approve", claim)
    confirm(client, PayoutBatch, "release", batch)
    claim.refresh_from_db()
    batch.refresh_from_db()
    assert (claim.state, batch.state) == ("approved", "released")


def test_an_address_with_a_character_that_no_database_knows_is_refused(client):
    response = client.get(url(Claim, "changelist") + "?state__in=%00")
    assert response.status_code == 400
    assert "地址里有不能识别的字符" in response.content.decode()
