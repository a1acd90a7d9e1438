"""The half-year report: every figure is the rows' own, whatever the rows are like."""

import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate
from openpyxl import load_workbook

from core.accounts.roles import ROLES
from core.models import AuditEntry
from ebikes.models import FiledBike
from merchants.letters.signing import current_text
from merchants.models import CommitmentLetter, Inspection, SamplingLot, TradeInEvent, Training
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Scheme
from subsidies.reports.selectors.report import half_year, rate, report, usual_period
from tests.admin.district import logged_in, who_it_is
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    UserFactory,
    local,
    make_claim,
    make_scheme,
    make_staff,
)

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 1, 1), date(2022, 6, 30)
PAGE, FILE = reverse("staff-report"), reverse("staff-report-xlsx")
FIGURE = re.compile(r'<a href="(/admin/[^"]*)">([\d,]+)</a>')


def figures(first=FIRST, last=LAST, today=date(2022, 7, 1)):
    return report(scheme=Scheme.objects.on(last), first=first, last=last, today=today)


def sign(merchant, signed_on, posted_at=None, version=None):
    version = version or current_text().version
    CommitmentLetter.objects.create(
        merchant=merchant, text_version=version, signed_on=signed_on, posted_at=posted_at
    )


def inspect(merchant, on, **more):
    return Inspection.objects.create(merchant=merchant, inspected_on=on, inspectors="陈队", **more)


# ------------------------------------------------------------------ awkward data


def test_an_empty_district_has_a_report(client):
    found = figures()
    assert (found.shops.all, found.points.during, found.trade_ins.all, found.stages) == (0, 0, 0, [])
    assert client.get(PAGE).status_code == 200
    assert client.get(FILE).status_code == 200


def test_there_is_no_share_of_nothing():
    assert (rate(0, 0), rate(0, 3), rate(264, 272)) == ("", "0.0%", "97.1%")


def test_a_scheme_without_stages_has_a_report(client):
    Scheme.objects.create(code="empty", name="没有阶段的方案")
    assert client.get(PAGE).status_code == 200


def test_what_will_be_enabled_tomorrow_is_not_enabled():
    today = date(2022, 6, 15)
    for day in (today, today + timedelta(days=1), None):
        MerchantFactory(trade_in_enabled_on=day, registered_on=day)
    shops = figures(today=today).shops
    assert (shops.all, shops.enabled, shops.registered) == (3, 1, 1)
    assert figures(today=today + timedelta(days=1)).shops.enabled == 2


def test_what_came_after_the_period_is_not_in_it():
    shop = MerchantFactory(trade_in_enabled_on=LAST + timedelta(days=1))
    sign(shop, LAST + timedelta(days=1))
    inspect(shop, LAST + timedelta(days=1))
    Training.objects.create(title="政策", held_on=LAST + timedelta(days=1))
    found = figures()
    assert (found.shops.enabled, found.shops.signed, found.shops.visited) == (0, 0, 0)
    assert (found.outreach.trainings, found.supervision.visits) == (0, 0)


def test_only_the_letter_in_force_counts_and_posting_by_its_own_day():
    old, signed, posted = MerchantFactory(), MerchantFactory(), MerchantFactory()
    sign(old, FIRST, FIRST, version="2021-01")
    sign(signed, LAST, LAST + timedelta(days=1))
    sign(posted, FIRST, LAST)
    assert (figures().shops.signed, figures().shops.posted) == (2, 1)


def test_a_point_that_was_withdrawn_was_authorised_before():
    point, later = AgentPointFactory(), AgentPointFactory()
    point.authorizations.update(ends_on=LAST - timedelta(days=1))
    later.authorizations.update(starts_on=LAST + timedelta(days=1))
    assert (figures().points.during, figures().points.authorised) == (1, 0)


def test_a_shop_that_was_visited_twice_is_one_shop():
    shop = MerchantFactory()
    inspect(shop, FIRST, modified="fault", rectify_by=LAST)
    inspect(shop, LAST, price_marking="fault", rectify_by=LAST, rectified_on=LAST)
    found = figures()
    assert (found.shops.visited, found.supervision.visits) == (1, 2)
    assert (found.supervision.with_faults, found.supervision.to_be_put_right) == (2, 1)


def test_lots_are_summed_not_rows():
    SamplingLot.objects.create(kind="e_bike", purpose="enforcement", sampled_on=FIRST, lots=2)
    failed = {"failed": 3, "result": "failed", "report_no": "J1"}
    SamplingLot.objects.create(kind="lead_acid", sampled_on=LAST, lots=4, **failed)
    SamplingLot.objects.create(kind="lithium", sampled_on=LAST)
    SamplingLot.objects.create(kind="charger", sampled_on=LAST, lots=5)
    work = figures().supervision
    assert (work.e_bike_lots, work.enforcement_lots, work.battery_lots) == (2, 2, 5)
    assert (work.other_lots, work.failed_lots) == (5, 3)


def test_four_venues_are_four_and_an_event_without_a_number_counts():
    for venue in ("office", "community", "enterprise", "campus", "mall", "other"):
        TradeInEvent.objects.create(held_on=LAST, venue_kind=venue, place="某处")
    TradeInEvent.objects.update(bikes=None)
    outreach = figures().outreach
    assert (outreach.events, outreach.four_venues, outreach.bikes) == (6, 4, 0)


def test_an_event_to_come_is_not_held_yet():
    TradeInEvent.objects.create(held_on=LAST, venue_kind="campus", place="某处")
    assert figures(today=LAST - timedelta(days=1)).outreach.events == 0


def test_a_trade_in_belongs_to_the_day_of_hangzhou_on_which_it_was_completed():
    scheme = make_scheme()
    make_claim(scheme, completed_at=local("2022-06-30 23:59:59"))
    make_claim(scheme, completed_at=local("2022-07-01 00:00:00"))
    make_claim(scheme, state="cancelled")
    assert figures().trade_ins.all == 1


def test_what_was_set_aside_and_what_is_owed_are_both_told_and_neither_adjusted(client):
    scheme = make_scheme(caps=(90_000, None, None))
    make_claim(scheme)
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    stage = figures().stages[0]
    assert (stage.settled, stage.stage.committed_fen, stage.stage.cap_fen, stage.paid) == (
        2,
        60_000,
        90_000,
        0,
    )
    html = client.get(PAGE).content.decode()
    assert "安排资金与应发补贴相差 300 元，合 1 份；两数照实列出，不作调整。" in html


# ------------------------------------------------------------------ the page


@pytest.mark.parametrize(
    "query", ["first=x&last=y", "first=2022-07-01&last=2022-06-30", "first=2022-01-01", "last=0000-00-00"]
)
def test_days_that_make_no_sense_are_pointed_out(client, query):
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 200
    assert response.context["form"].errors
    assert client.get(f"{FILE}?{query}").status_code == 302


def test_the_usual_period_is_the_schemes():
    today = date(2026, 11, 24)
    assert (
        usual_period(scheme=None, today=today) == (date(2026, 7, 1), date(2026, 12, 31)) == half_year(today)
    )
    assert usual_period(scheme=make_scheme(), today=today) == (date(2022, 1, 1), date(2022, 8, 31))


def test_a_period_reports_the_scheme_that_it_falls_to_unless_another_is_chosen(client):
    make_scheme(budget_fen=100)
    other = make_scheme(year=2021, budget_fen=100)
    period = {"first": "2021-01-01", "last": "2021-12-31"}
    for query, found in ((period, other), ({"scheme": other.code}, other)):
        page = client.get(PAGE, query)
        assert page.context["report"].scheme == found
        assert f"scheme={other.code}" in page.content.decode()


def busy(district):
    for _ in range(3):
        district.grow()
    district.pay(district.grow())
    shop = MerchantFactory(registered_on=FIRST)
    sign(shop, FIRST, LAST)
    for purpose in ("routine", "enforcement"):
        SamplingLot.objects.create(kind="e_bike", purpose=purpose, sampled_on=LAST)
    failed = {"failed": 1, "result": "failed", "report_no": "J1"}
    SamplingLot.objects.create(kind="lead_acid", sampled_on=LAST, **failed)
    SamplingLot.objects.create(kind="helmet", sampled_on=LAST)


def test_every_figure_leads_to_exactly_its_rows(client, district):
    busy(district)
    html = client.get(PAGE, {"first": "2022-01-01", "last": "2022-12-31"}).content.decode()
    main = html[html.index('<main class="staff">') :]
    found = [(unescape(url), int(text.replace(",", ""))) for url, text in FIGURE.findall(main)]
    assert len(found) > 18
    for url, figure in found:
        response = client.get(url)
        assert response.status_code == 200, url
        rows = response.context["cl"].result_list
        if rows and isinstance(rows[0], SamplingLot):
            assert figure in {sum(row.lots for row in rows), sum(row.failed for row in rows)}, url
        elif not (rows and isinstance(rows[0], Scheme)):
            fen = sum(getattr(row, "amount_fen", 0) for row in rows)
            assert figure in {len(rows), fen // 100}, url


def test_it_costs_the_same_at_four_claims_and_at_thirty(client, district):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    busy(district)
    queries()  # what is looked up once and remembered is remembered now
    four = queries()
    for _ in range(26):
        district.grow()
    assert queries() == four


def test_claims_are_not_counted_one_by_one(district):
    district.grow()
    with CaptureQueriesContext(connection) as captured:
        figures()
    sentences = [query["sql"] for query in captured if '"subsidies_claim"' in query["sql"]]
    assert [
        each for each in sentences if "subsidies_paperevidence" not in each
    ] == []  # of papers there are few


def test_nobody_is_given_away(client, district):
    busy(district)
    assert not who_it_is(client.get(PAGE))


def test_the_workbook_holds_the_same_figures_and_is_written_down(client, boss, district):
    busy(district)
    response = client.get(FILE, {"first": "2022-01-01", "last": "2022-12-31"})
    rows = list(load_workbook(io.BytesIO(response.content)).active.values)
    assert ("备案非标电动自行车", FiledBike.objects.count()) in [row[:2] for row in rows]
    assert not [cell for row in rows for cell in row if str(cell).startswith("=")]
    entry = AuditEntry.objects.get(action="download")
    assert (entry.by, entry.detail["report"]) == (boss, "2022-01-01 – 2022-12-31")


READERS = {"officer", "reviewer", "finance", "auditor", "merchant_manager"}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_the_report_is_for_whoever_keeps_or_looks(role):
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for address in (PAGE, FILE):
        assert client.get(address).status_code == (200 if role in READERS else 403)
    home = client.get(reverse("admin:index")).content.decode()
    assert (f'href="{PAGE}"' in home) == (role in READERS)


@pytest.mark.parametrize("role", sorted(READERS))
def test_no_figure_leads_anybody_to_a_closed_door(district, role):
    busy(district)
    client = logged_in(make_staff(role))
    html = client.get(PAGE).content.decode()
    for url, _figure in FIGURE.findall(html[html.index('<main class="staff">') :]):
        assert client.get(unescape(url)).status_code == 200, url


def test_the_default_day_is_today_where_the_period_goes_on():
    make_scheme()
    today = localdate()
    assert (
        report(scheme=None, first=today, last=today + timedelta(days=30), today=today).period.as_of == today
    )


NONSENSE = [
    ("0001-01-01", "9999-12-31"),
    ("1999-12-31", "2022-06-30"),
    ("2022-06-30", "2022-01-01"),
    ("2022-06-31", "2022-07-01"),
    ("x", ""),
]


@pytest.mark.parametrize("days", NONSENSE)
def test_days_that_no_report_has_are_asked_for_again(client, days):
    response = client.get(PAGE, dict(zip(("first", "last"), days, strict=True)))
    assert response.status_code == 200
    assert response.context["form"].errors


@pytest.mark.parametrize("days", NONSENSE)
def test_and_no_workbook_is_made_of_them(client, days):
    response = client.get(FILE, dict(zip(("first", "last"), days, strict=True)), follow=True)
    (address, status), *more = response.redirect_chain
    assert (address.split("?")[0], status, more) == (PAGE, 302, [])
    assert [response.context["form"][name].value() for name in ("first", "last")] == list(days)
    assert response.context["form"].errors
    assert not AuditEntry.objects.filter(action="download").exists()


def test_the_page_says_in_a_sentence_that_the_days_are_reversed(client):
    page = client.get(FILE, {"first": "2022-06-30", "last": "2022-01-01"}, follow=True)
    assert "截止日期不能早于起始日期。" in page.content.decode()


def test_a_workbook_of_no_days_is_that_of_the_usual_ones(client):
    assert client.get(FILE)["Content-Disposition"].startswith("attachment")


def test_beside_days_that_make_no_sense_stands_no_report(client):
    page = client.get(reverse("staff-report"), {"first": "2022-12-31", "last": "2022-01-01"})
    assert (page.context["sections"], page.context["stages"]) == ([], [])
    assert reverse("staff-report-xlsx") not in page.content.decode()
