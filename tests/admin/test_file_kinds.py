"""Whose records somebody may not see, of those they see no file either; and rows with people in full only who may."""

import pytest
from django.urls import reverse

from ebikes.importing.pipeline import read_file
from ebikes.models import ImportBatch
from tests.admin.district import logged_in
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import NOW, AgentPointFactory, MerchantFactory, make_staff
from tests.laid import laid
from tests.subsidies.pages.site import send

pytestmark = pytest.mark.django_db


@laid
def officer():
    return make_staff("officer")


@pytest.fixture
def batch(officer, tmp_path):
    """Two trade-ins that the officer sent, one of them wrong."""
    point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    path = tmp_path / "6月.csv"
    path.write_bytes(as_csv([trade_in_row(point), trade_in_row(point, 手机号="12")]))
    found = read_file(path, kind="trade_ins", by=officer, now=NOW, progress=lambda part: None)
    assert (found.rows_accepted, found.rows_refused) == (1, 1)
    return found


def addresses(batch):
    pages = [reverse(name, args=[batch.pk]) for name in ("import", "import-verdicts", "import-confirm")]
    return [*pages, f"{pages[1]}?refused", reverse("import-discard", args=[batch.pk])]


def test_who_keeps_the_shops_finds_no_file_of_trade_ins(batch):
    client = logged_in(make_staff("merchant_manager"))
    assert {client.get(address).status_code for address in addresses(batch)} == {404}
    assert {client.post(address, {"confirmed": "1"}).status_code for address in addresses(batch)} <= {
        404,
        405,
    }
    batch.refresh_from_db()
    assert batch.state == "preview"
    for page in (reverse("imports"), reverse("admin:ebikes_importbatch_changelist")):
        assert "6月.csv" not in client.get(page).content.decode()


def test_nor_sends_one(batch, monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("subsidies.intake.pages.imports.order_reading", lambda batch: None)
    client = logged_in(make_staff("merchant_manager"))
    page = client.get(reverse("imports"))
    assert [value for value, _label in page.context["form"].fields["kind"].choices] == [
        "merchants",
        "agent_points",
    ]
    send(client, as_csv([{"备案号牌": "杭A000001"}]), kind="filed_bikes")
    assert ImportBatch.objects.count() == 1
    assert client.get(reverse("import-template", args=["filed_bikes"])).status_code == 404


@pytest.mark.parametrize(("role", "status"), [("officer", 200), ("auditor", 403)])
def test_the_rows_themselves_are_for_who_may_see_people(batch, role, status):
    client = logged_in(make_staff(role))
    address = reverse("import-verdicts", args=[batch.pk])
    assert client.get(address).status_code == 200
    assert client.get(f"{address}?refused").status_code == status
    page = client.get(reverse("import", args=[batch.pk])).content.decode()
    assert ("?refused" in page) == (status == 200)
