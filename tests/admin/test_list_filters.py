"""A list is narrowed once all is chosen, sorted by two keys, and kept under a name; what was searched for is not kept."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin import site
from django.urls import reverse

from core.models import SavedFilter
from merchants.models import Inspection
from subsidies.models import Claim, LedgerEntry, StatedFigure
from tests.admin.district import logged_in, said, url
from tests.factories import make_scheme, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db
CLAIMS = url(Claim, "changelist")


@laid
def officer():
    return make_staff("officer")


@laid
def desk(officer):
    return logged_in(officer)


def narrowed(client, model, **chosen):
    """Send the form of a list's filters; the part of the address that it leads to."""
    answer = client.get(url(model, "changelist"), chosen)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_the_form_stands_for_the_address_and_begins_the_list_anew(client, district):
    district.grow()
    page = client.get(CLAIMS).content.decode()
    assert '<option value="state__exact=settled">' in page
    assert '<option value="-" selected>' in page
    assert 'type="month" name="month"' in page
    assert 'type="date" name="received_at_from"' in page
    chosen = {
        "f": ["state__exact=settled", "-", "held=any"],
        "month": "2022-06",
        "received_at_to": "",
        "p": "3",
    }
    assert narrowed(client, Claim, **chosen) == {
        "state__exact": ["settled"],
        "held": ["any"],
        "month": ["2022-06"],
    }


def test_claims_are_narrowed_by_street_shop_month_and_day_and_then_sorted_by_two_keys(client, district):
    claim = district.grow()
    shop = claim.trade_in.merchant
    type(shop).objects.filter(pk=shop.pk).update(subdistrict="湖墅街道")
    day = f"{claim.received_at:%Y-%m-%d}"
    for query, count in (
        ({"street": "湖墅街道"}, 1),
        ({"street": "小河街道"}, 0),
        ({"merchant": shop.pk}, 1),
        ({"month": f"{claim.completed_at:%Y-%m}"}, 1),
        ({"month": "2021-01"}, 0),
        ({"month": "x"}, 1),
        ({"received_at_from": day, "received_at_to": day}, 1),
        ({"received_at_from": "2999-01-01"}, 1),
        ({"received_at_to": "2000-01-02"}, 0),
        ({"street": "湖墅街道", "o": "-6.4"}, 1),
    ):
        assert client.get(CLAIMS, query).context["cl"].result_count == count, query
    sortable = client.get(CLAIMS, {"street": "湖墅街道"}).content.decode()
    sorts = re.compile(r"[?;]o=-?\d")
    assert sorts.search(sortable)
    assert not sorts.search(client.get(CLAIMS).content.decode())


@pytest.mark.parametrize("model", [LedgerEntry, Inspection])
def test_a_list_with_nothing_chosen_is_all_of_it(client, district, model):
    assert narrowed(client, model, f=["-", "-"]) == {}


def test_beyond_the_last_page_stands_the_last_and_a_sentence(client, district, monkeypatch):
    monkeypatch.setattr(site.get_model_admin(LedgerEntry), "list_per_page", 1)
    district.pay(district.grow())
    page = client.get(url(LedgerEntry, "changelist"), {"p": "30"})
    pages = page.context["cl"].result_count
    assert len(page.context["cl"].result_list) == 1 < pages
    assert said(page) == [f"一共 {pages} 页，这是最后一页。"]


def test_whoever_may_not_open_a_person_reads_the_name_without_a_link(district):
    district.pay(district.grow())
    figure = StatedFigure.objects.latest("pk")
    for role, opens in (("finance", False), ("auditor", True)):
        page = logged_in(make_staff(role)).get(url(StatedFigure, "change", figure.pk)).content.decode()
        teller = url(type(figure.told_by), "change", figure.told_by_id)
        assert str(figure.told_by) in page
        assert (f'href="{teller}"' in page) == opens


def test_a_filter_is_kept_under_a_name_and_is_ones_own(desk, district, officer):
    query = "state__exact=settled&q=33010519491231002X&p=2&o=-5.6"
    told = {"page": CLAIMS, "query": query, "name": "待批准"}
    page = desk.post(reverse("filter-keep"), told, follow=True)
    assert "已保存常用筛选“待批准”。" in said(page)
    kept = SavedFilter.objects.get()
    assert (kept.person, kept.query) == (officer, "state__exact=settled&o=-5.6")
    assert f'<a href="{CLAIMS}?state__exact=settled&amp;o=-5.6"' in desk.get(CLAIMS).content.decode()
    other = logged_in(make_staff("officer"))
    assert "待批准</a>" not in other.get(CLAIMS).content.decode()
    other.post(reverse("filter-forget", args=[kept.pk]))
    assert SavedFilter.objects.exists()
    desk.post(reverse("filter-keep"), {**told, "query": "state__exact=paid"})
    assert SavedFilter.objects.get().query == "state__exact=paid"
    desk.post(reverse("filter-forget", args=[kept.pk]), {"page": CLAIMS})
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    "told",
    [
        {"page": CLAIMS, "query": "q=x", "name": "x"},
        {"page": CLAIMS, "query": "state__exact=paid", "name": " "},
        {"page": "https://example.invalid/", "query": "a=b", "name": "x"},
        {"page": "//example.invalid/", "query": "a=b", "name": "x"},
        {"page": "/portal/", "query": "a=b", "name": "x"},
        {},
    ],
)
def test_what_is_no_filter_of_a_list_is_not_kept(desk, told):
    page = desk.post(reverse("filter-keep"), told)
    assert page.status_code == 302
    assert "example.invalid" not in page.headers["Location"]
    assert not SavedFilter.objects.exists()


def test_the_stages_offered_are_those_of_the_scheme_chosen(desk):
    one, two = make_scheme(), make_scheme(year=2023)
    mine, others = one.stages.first(), two.stages.first()
    of_one = desk.get(CLAIMS, {"scheme__id__exact": one.pk}).content.decode()
    assert f'value="stage__id__exact={mine.pk}"' in of_one
    assert f'value="stage__id__exact={others.pk}"' not in of_one
    assert f"{two.name} · 第 1 阶段" in desk.get(CLAIMS).content.decode()
