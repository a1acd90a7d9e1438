"""What is chosen stays in sight, though no row is left: else nobody sees why the list is empty, or can clear it."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from ebikes.models import FiledBike, ImportBatch, LicensingAnswer
from merchants.models import AgentPoint, Merchant
from subsidies.models import Claim, PayoutBatch
from tests.admin.district import url
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def chosen(page):
    """What each filter of a list shows as chosen, but for those that show all."""
    changelist = page.context["cl"]
    shown = [[*spec.choices(changelist)] for spec in changelist.filter_specs]
    return [str(choice["display"]) for _all, *choices in shown for choice in choices if choice["selected"]]


@pytest.mark.parametrize(
    ("model", "query", "told"),
    [
        (AuditEntry, {"object_type": "subsidies.hold"}, "暂缓发放"),
        (AuditEntry, {"by": "99999"}, "#99999"),
        (FiledBike, {"subdistrict": "半山"}, "半山"),
        (Merchant, {"subdistrict": "半山"}, "半山"),
        (Merchant, {"standing": "registered@2022-06-30"}, "链接指定的条件"),
        (AgentPoint, {"authorised": "during@2022-01-01_2022-06-30"}, "链接指定的条件"),
        (Claim, {"reason": "no_longer_listed"}, "no_longer_listed"),
        (LicensingAnswer, {"problem": "no_longer_listed"}, "no_longer_listed"),
        (ImportBatch, {"from": "no_longer_listed"}, "no_longer_listed"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_no_row_has_is_shown_as_chosen_and_can_be_cleared(client, district, model, query, told):
    district.grow()
    page = client.get(url(model, "changelist"), query)
    assert chosen(page) == [told]
    assert (page.context["cl"].has_active_filters, page.context["cl"].clear_all_filters_qs) == (True, "?")


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (AuditEntry, {"by": "x"}),
        (Merchant, {"standing": "x"}),
        (AgentPoint, {"authorised": "x"}),
        (Claim, {"merchant": "99999"}),
        (Claim, {"held": "x"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_narrows_nothing_is_not_shown_as_chosen(client, district, model, query):
    district.grow()
    page = client.get(url(model, "changelist"), query)
    assert chosen(page) == []
    assert page.context["cl"].result_count == client.get(url(model, "changelist")).context["cl"].result_count


@pytest.mark.parametrize(
    "query",
    [{"state__in": "settled,approved"}, {"completed_at__gte": NOW.isoformat(), "state__exact": "settled"}],
)
def test_a_list_that_a_link_narrowed_offers_the_whole_one(client, district, query):
    district.grow()
    page = client.get(url(Claim, "changelist"), query)
    assert (page.context["cl"].has_active_filters, page.context["cl"].clear_all_filters_qs) == (True, "?")
    assert "清除所有筛选" in page.content.decode()


def test_a_search_is_no_filter(client, district):
    district.grow()
    page = client.get(url(AgentPoint, "changelist"), {"q": "x"})
    assert not page.context["cl"].has_active_filters


# ------------------------------------------------------------------ the pages beside the lists


def test_a_kind_of_hold_that_nobody_has_any_more_is_shown_as_chosen(client, district):
    district.grow()
    page = client.get(reverse("staff-work"), {"tab": "holds", "kind": "burst"})
    name, _title, options, value = page.context["filter"]["selects"][0]
    assert (name, dict(options)[value]) == ("kind", "代办点短时间内大量申请")


def test_a_state_that_no_payment_of_a_batch_has_is_shown_as_chosen(client, district):
    batch = district.pay(district.grow())
    page = client.get(url(PayoutBatch, "change", batch.pk), {"state": "failed"})
    html = page.content.decode()
    assert '<a href="?state=failed#lines" aria-current="true">失败 0</a>' in html
    assert html.count("失败") == 1  # among the sums only what there is


def test_rows_with_a_remark_of_a_file_that_has_none_are_shown_as_chosen(client):
    batch = ImportBatch.objects.create(
        kind="filed_bikes", state="preview", file_name="6月.csv", uploaded_at=NOW
    )
    page = client.get(reverse("import", args=[batch.pk]), {"verdict": "noted"})
    assert '<option value="noted" selected>' in page.content.decode()
