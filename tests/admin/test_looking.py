"""Everything can be looked at, nobody is given away, and nothing is changed by hand."""

import pytest
from django.contrib import admin
from django.urls import reverse

from core.models import User
from ebikes.models import FiledBike, LicensingAnswer, Owner, TradeIn
from merchants.models import AgentPoint, Inspection, Merchant
from subsidies.models import Claim
from tests.admin.district import ASKED_FOR, EDITABLE, READ_ONLY, act, said, url, who_it_is

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("grown")]


def test_the_lists_here_name_every_registered_model():
    assert set(admin.site._registry) == {*READ_ONLY, *EDITABLE, *ASKED_FOR}


@pytest.mark.parametrize("page", ["admin:index"])
def test_the_first_pages_open(client, page):
    assert client.get(reverse(page)).status_code == 200


@pytest.mark.parametrize("model", [*READ_ONLY, *EDITABLE, *ASKED_FOR])
def test_every_list_and_every_row_can_be_opened(client, model):
    row = model._default_manager.first()
    assert client.get(url(model, "changelist")).status_code == 200
    response = client.get(url(model, "change", row.pk))
    assert response.status_code == 200
    if model is not User:
        assert not who_it_is(response)
        assert not [owner.id_no for owner in Owner.objects.all() if owner.id_no in response.content.decode()]


@pytest.mark.parametrize("model", [FiledBike, TradeIn, LicensingAnswer, Claim, User, Merchant, AgentPoint])
def test_every_search_answers(client, model):
    for text in ("TH2022", "%", "' OR 1=1 --", "王"):
        assert client.get(url(model, "changelist"), {"q": text}).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY)
def test_money_decisions_and_evidence_are_never_edited(client, model):
    row = model._default_manager.first()
    before = model._default_manager.values().get(pk=row.pk)
    assert client.get(url(model, "add")).status_code == 403
    assert client.post(url(model, "add"), {}).status_code == 403
    assert client.post(url(model, "change", row.pk), {"state": "paid", "amount_fen": 1}).status_code == 403
    assert client.get(url(model, "delete", row.pk)).status_code == 403
    assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.values().get(pk=row.pk) == before


@pytest.mark.parametrize("model", READ_ONLY)
def test_not_even_many_at_once(client, model):
    count = model._default_manager.count()
    act(client, model, "delete_selected", *model._default_manager.all(), post="yes")
    assert model._default_manager.count() == count


NONSENSE = ["completed_at__gte=hello", "foo=bar", "completed_at__year=99999"]


@pytest.mark.parametrize("query", NONSENSE)
def test_a_filter_that_nobody_understands_is_said_to_be_none(client, query):
    page = client.get(f"{url(Claim, 'changelist')}?{query}", follow=True)
    assert page.status_code == 200
    assert said(page) == ["筛选条件无法识别，没有按它筛选。"]


def test_nor_does_a_year_beyond_all_bounds_break_a_list_of_days(client):
    page = client.get(f"{url(Inspection, 'changelist')}?inspected_on__year=99999", follow=True)
    assert said(page) == ["筛选条件无法识别，没有按它筛选。"]
