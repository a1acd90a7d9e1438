"""Before the sale, so often and no more: one person, one bike, whoever asks; and one shop."""

import pytest
import time_machine
from django.urls import reverse

from subsidies.checks.services.questions import BY_SHOP, BY_SUBJECT
from tests.ebikes.files import valid_id
from tests.factories import NOW, AgentPointFactory, FiledBikeFactory, OwnerFactory, make_member, make_scheme
from tests.subsidies.pages.site import logged_in

pytestmark = pytest.mark.django_db
WAIT = "查询次数过多，请 60 分钟后再试"


@pytest.fixture(autouse=True)
def _nobody_answers_and_is_asked_once(settings, monkeypatch):
    settings.OUTSIDE = settings.OUTSIDE | {"attempts": 1, "breaker_failures": 10_000}
    monkeypatch.setattr("ebikes.licensing.outside._guards", {})


@pytest.fixture(autouse=True)
def clock():
    make_scheme()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def shop():
    return logged_in(make_member(AgentPointFactory().merchant))


def ask(client, *, plate="杭A000001", id_no):
    return client.post(reverse("precheck"), {"plate": plate, "id_no": id_no, "day": "2022-06-10"})


def test_one_person_is_asked_about_so_often_by_all_shops_together():
    person = valid_id()
    shops = [shop() for _one in range(3)]
    for number in range(BY_SUBJECT.limit):
        assert ask(shops[number % 3], plate=f"杭A{number:06d}", id_no=person).status_code == 200
    refused = ask(shops[0], plate="杭B000001", id_no=person)
    assert (refused.status_code, WAIT in refused.content.decode()) == (429, True)
    assert ask(shop(), plate="杭B000001", id_no=person).status_code == 429


def test_one_bike_is_tried_with_so_many_documents():
    clerk, bike = shop(), FiledBikeFactory(owner=OwnerFactory(id_no=valid_id()))
    for _number in range(BY_SUBJECT.limit):
        assert ask(clerk, plate=bike.filing_plate_no, id_no=valid_id()).status_code == 200
    assert ask(clerk, plate=bike.filing_plate_no, id_no=bike.owner.id_no).status_code == 429


def test_one_shop_asks_so_often(monkeypatch, clock):
    monkeypatch.setattr(
        "subsidies.checks.services.questions.BY_SHOP", type(BY_SHOP)(BY_SHOP.name, 3, BY_SHOP.period)
    )
    member = make_member(AgentPointFactory().merchant)
    clerk = logged_in(member)
    for number in range(3):
        assert ask(clerk, plate=f"杭A{number:06d}", id_no=valid_id()).status_code == 200
    assert ask(clerk, plate="杭A000009", id_no=valid_id()).status_code == 429
    assert ask(shop(), plate="杭A000009", id_no=valid_id()).status_code == 200
    clock.shift(BY_SHOP.period)
    assert ask(logged_in(member), plate="杭A000010", id_no=valid_id()).status_code == 200


def test_the_page_that_answers_holds_no_document_in_full():
    owner = OwnerFactory(id_no=valid_id())
    bike = FiledBikeFactory(owner=owner)
    page = ask(shop(), plate=bike.filing_plate_no, id_no=owner.id_no).content.decode()
    assert "可以领取" in page or "要注意" in page
    assert owner.id_no not in page
