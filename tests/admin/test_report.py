"""The half-year report: every figure is the rows' own, whatever the rows are like."""

import io
import re
from collections import Counter
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate
from openpyxl import load_workbook

from core.accounts.roles import ROLES
from core.audit.acting import acting
from core.models import AuditEntry
from core.shanghai import midnight
from ebikes.models import FiledBike
from merchants.letters.signing import current_text
from merchants.models import (
    AgentAuthorization,
    CommitmentLetter,
    Inspection,
    Publicity,
    SamplingLot,
    TradeInEvent,
    Training,
)
from merchants.supervision.visits import begin_visit
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Scheme
from subsidies.reports.pages.charts import MOST, _most
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.reports.selectors.report import (
    half_year,
    last_busy_half_year,
    rate,
    report,
    schemes_of,
    usual_period,
)
from tests.admin.district import logged_in, url, who_it_is
from tests.console import tamper, update
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    MerchantFactory,
    UserFactory,
    answered,
    local,
    make_answer,
    make_claim,
    make_scheme,
    make_staff,
)

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2022, 1, 1), date(2022, 6, 30)
AFTERWARDS = "received_at = '2022-07-01 00:00:00+08'"
PAGE, FILE = reverse("staff-report"), reverse("staff-report-xlsx")
FIGURE = re.compile(r'<a href="(/admin/report/rows/[^"]*)">([\d,]+)</a>')


def told(first=FIRST, last=LAST):
    """Each figure of the report, by its code."""
    scope = Scope.of(first, last, tuple(schemes_of(first, last)))
    return {each.figure.code: each for section in report(scope) for each in section.figures}


def figures(*codes, **days):
    """What these come to."""
    found = told(**days)
    return tuple(found[code].value for code in codes)


def sign(merchant, signed_on, posted_at=None, version=None):
    version = version or current_text().version
    CommitmentLetter.objects.create(
        merchant=merchant, text_version=version, signed_on=signed_on, posted_at=posted_at
    )


def inspect(merchant, on, **more):
    ended = "rectify" if "fault" in more.values() else "clean"
    told = {"inspectors": "陈队、周工", "conclusion": ended, **answered(**more)}
    return Inspection.objects.create(merchant=merchant, inspected_on=on, **told)


# ------------------------------------------------------------------ awkward data


def test_an_empty_district_has_a_report(client):
    assert figures("shops", "points", "bikes", "trainings", "visits", "lots") == (0,) * 6
    assert "trade-ins" not in told()
    assert client.get(PAGE).status_code == 200
    assert client.get(FILE).status_code == 200


def test_there_is_no_share_of_nothing():
    assert (rate(0, 0), rate(0, 3), rate(264, 272)) == ("", "0.0%", "97.1%")


def test_a_scheme_without_stages_has_a_report(client):
    Scheme.objects.create(code="empty", name="没有阶段的方案")
    assert client.get(PAGE).status_code == 200


def test_what_will_be_enabled_tomorrow_is_not_enabled():
    last = date(2022, 6, 15)
    for day in (last, last + timedelta(days=1), None):
        MerchantFactory(trade_in_enabled_on=day)
    assert figures("shops", "shops-enabled", last=last) == (3, 1)
    assert figures("shops-enabled", last=last + timedelta(days=1)) == (2,)


def test_a_shop_that_came_to_the_platform_after_the_period_is_not_in_it():
    for day in (LAST, LAST + timedelta(days=1), None):
        MerchantFactory(registered_on=day)
    assert figures("shops", "shops-registered") == (2, 1)


def test_what_came_after_the_period_is_not_in_it():
    shop = MerchantFactory(trade_in_enabled_on=LAST + timedelta(days=1))
    sign(shop, LAST + timedelta(days=1))
    inspect(shop, LAST + timedelta(days=1))
    Training.objects.create(title="政策", held_on=LAST + timedelta(days=1))
    FiledBikeFactory(filed_on=LAST + timedelta(days=1))
    wanted = ("shops-enabled", "shops-signed", "shops-visited", "trainings", "visits", "bikes")
    assert figures(*wanted) == (0,) * 6


def test_only_the_letter_in_force_counts_and_posting_by_its_own_day():
    old, signed, posted = MerchantFactory(), MerchantFactory(), MerchantFactory()
    sign(old, FIRST, FIRST, version="2021-01")
    sign(signed, LAST, LAST + timedelta(days=1))
    sign(posted, FIRST, LAST)
    assert figures("shops-signed", "shops-posted") == (2, 1)


def test_a_point_that_was_withdrawn_was_authorised_before():
    point, later = AgentPointFactory(), AgentPointFactory()
    point.authorizations.update(ends_on=LAST - timedelta(days=1))
    later.authorizations.update(starts_on=LAST + timedelta(days=1))
    assert figures("points", "points-authorised") == (1, 0)


def test_a_point_that_was_withdrawn_after_the_period_stood_then():
    period = AgentPointFactory().authorizations.get()
    withdrawn = {"withdrawn_at": NOW, "withdrawn_by": UserFactory(), "withdrawal_reason": "违规"}
    AgentAuthorization.objects.filter(pk=period.pk).update(ends_on=LAST - timedelta(days=3), **withdrawn)
    assert figures("points-authorised") == (1,)
    assert figures("points-authorised", last=NOW.date()) == (0,)


def test_a_visit_that_goes_on_is_no_visit_yet():
    begin_visit(shop=MerchantFactory(), by=UserFactory(), now=midnight(FIRST))
    assert figures("shops-visited", "visits") == (0, 0)


def test_a_shop_that_was_visited_twice_is_one_shop():
    shop = MerchantFactory()
    inspect(shop, FIRST, modified="fault", rectify_by=LAST)
    inspect(shop, LAST, price_marking="fault", rectify_by=LAST, rectified_on=LAST)
    assert figures("shops-visited", "visits", "visits-faulty", "visits-open") == (1, 2, 2, 1)


def test_what_is_put_right_after_the_period_waited_then():
    day = LAST + timedelta(days=1)
    inspect(MerchantFactory(), FIRST, modified="fault", rectify_by=LAST, rectified_on=day)
    assert figures("visits-open") == (1,)
    assert figures("visits-open", last=day) == (0,)


def test_lots_are_summed_not_rows():
    SamplingLot.objects.create(kind="e_bike", purpose="enforcement", sampled_on=FIRST, lots=2)
    failed = {"failed": 3, "result": "failed", "report_no": "J1"}
    SamplingLot.objects.create(kind="lead_acid", sampled_on=LAST, lots=4, **failed)
    SamplingLot.objects.create(kind="lithium", sampled_on=LAST)
    SamplingLot.objects.create(kind="charger", sampled_on=LAST, lots=5)
    assert figures("lots-e-bikes", "lots-enforcement", "lots-batteries") == (2, 2, 5)
    assert figures("lots-others", "lots-failed", "lots") == (5, 3, 12)
    assert told()["lots-failed"].rate == "25.0%"


def test_four_venues_are_four_and_an_event_without_a_number_counts():
    for venue in ("office", "community", "enterprise", "campus", "mall", "other"):
        TradeInEvent.objects.create(held_on=LAST, venue_kind=venue, place="某处")
    TradeInEvent.objects.update(bikes=None)
    assert figures("events", "events-four-venues", "events-bikes") == (6, 4, 0)


def test_an_event_to_come_is_not_held_yet():
    day = localdate() + timedelta(days=1)
    TradeInEvent.objects.create(held_on=day, venue_kind="campus", place="某处")
    assert figures("events", first=localdate(), last=day) == (0,)


def test_a_trade_in_belongs_to_the_day_of_hangzhou_on_which_it_was_completed():
    scheme = make_scheme()
    make_claim(scheme, completed_at=local("2022-06-30 23:59:59"))
    make_claim(scheme, completed_at=local("2022-07-01 00:00:00"))
    make_claim(scheme, state="cancelled")
    assert figures("trade-ins") == (1,)


def test_what_was_paid_granted_or_refused_after_the_period_was_not_then(district):
    paid = district.grow()
    district.pay(paid)
    refused = Claim.objects.filter(pk=make_claim(district.scheme).pk)
    with acting("test", by=None, now=NOW):
        refused.update(state="refused", refusals=["not_filed"])
    stage = f"stage.{district.scheme.pk}.1"
    wanted = ("trade-ins", "trade-ins-refused", f"{stage}.granted", f"{stage}.owed")
    assert figures(*wanted) == (2, 0, 0, 0)
    assert figures(*wanted, last=NOW.date()) == (2, 1, 1, 30_000)


def test_what_the_checks_said_afterwards_of_the_day_does_not_count():
    scheme = make_scheme()
    claim = make_claim(scheme, completed_at=local("2022-06-30 12:00:00"))
    answers = {name: make_answer(claim.trade_in, name, plate="浙A1") for name in ("exing", "yunshenling")}
    later = local("2022-07-02 12:00:00")
    claim.checks.create(
        results={},
        exing_answer=answers["exing"],
        yunshenling_answer=answers["yunshenling"],
        policy=claim.policy,
        completed_at=later,
        completed_by="plated_at",
        checked_at=later,
    )
    tamper(update(claim, f"completed_at = '{later}', received_at = '2022-06-30 13:00:00+08'"))
    assert figures("trade-ins") == (1,)
    assert figures("trade-ins", first=date(2022, 7, 2), last=NOW.date()) == (1,)


def test_what_was_reported_late_counts_and_is_named():
    scheme = make_scheme()
    claim = make_claim(scheme)
    tamper(update(claim, AFTERWARDS))
    late = make_claim(scheme, state="cancelled")
    tamper(update(late, AFTERWARDS))
    found = told()["trade-ins"]
    assert (found.value, found.late) == (1, 1)


def test_what_is_corrected_after_the_period_counts_as_it_was_told_then():
    last = localdate() - timedelta(days=10)
    lot = SamplingLot.objects.create(kind="e_bike", sampled_on=last)
    tamper("UPDATE core_auditentry SET at = at - interval '20 days'")
    SamplingLot.objects.filter(pk=lot.pk).update(failed=1, result="failed", report_no="J1")
    assert figures("lots-failed", first=last, last=last) == (0,)
    assert figures("lots-failed", first=last, last=localdate()) == (1,)


def test_what_a_late_row_is_corrected_to_counts():
    last = localdate() - timedelta(days=10)
    lot = SamplingLot.objects.create(kind="e_bike", sampled_on=last)
    SamplingLot.objects.filter(pk=lot.pk).update(failed=1, result="failed", report_no="J1")
    found = told(first=last, last=last)["lots-failed"]
    assert (found.value, found.late) == (1, 1)


def test_what_shops_gave_off_is_summed(district):
    for claim in (district.grow(), district.grow()):
        tamper(update(claim.trade_in, "shop_discount_fen = 10000, scrap_value_fen = 15050"))
    assert figures("shop-discounts", "scrap-values") == (20_000, 30_100)


def test_publicity_is_summed_by_kind():
    done = {"began_on": LAST, "channel": "小区公告栏", "done_by": "市场监管局"}
    for count in (2_000, 300):
        Publicity.objects.create(kind="letter_poster", title="致车主的信", count=count, **done)
    Publicity.objects.create(
        kind="card", title="提示卡", count=9, **{**done, "began_on": LAST + timedelta(days=1)}
    )
    assert figures("publicity-letter-poster", "publicity-card") == (2_300, 0)


def test_what_was_set_aside_and_what_is_owed_are_both_told_and_neither_adjusted(client):
    scheme = make_scheme(caps=(90_000, None, None))
    make_claim(scheme)
    make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    stage = f"stage.{scheme.pk}.1"
    wanted = [f"{stage}.{kind}" for kind in ("granted", "owed", "cap", "paid")]
    assert figures(*wanted, last=NOW.date()) == (2, 60_000, 90_000, 0)
    html = client.get(PAGE, {"first": "2022-01-01", "last": str(NOW.date())}).content.decode()
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


def test_the_half_year_of_a_scheme_is_that_of_the_one_that_is_ticked(client):
    make_scheme()
    later = make_scheme(year=2025).code
    days = {"first": "2026-01-01", "last": "2026-06-30", "period": "half"}
    found = client.get(PAGE, {**days, "scheme": later}).context
    assert (found["scope"].first, str(found["last"])) == (date(2025, 1, 1), "2025-06-30")
    unsaid = client.get(PAGE, days)
    assert "请先勾选" in unsaid.content.decode()
    assert unsaid.context["parts"] == []


def test_the_usual_period_is_the_schemes():
    today = date(2026, 11, 24)
    assert (
        usual_period(scheme=None, today=today) == (date(2026, 7, 1), date(2026, 12, 31)) == half_year(today)
    )
    assert usual_period(scheme=make_scheme(), today=today) == (date(2022, 1, 1), date(2022, 8, 31))


def test_it_opens_on_the_last_half_year_that_is_over_and_had_anything(client):
    scheme = make_scheme()
    make_claim(scheme, completed_at=local("2022-08-31 12:00:00"))
    make_claim(scheme, completed_at=local("2022-06-30 12:00:00"))
    assert last_busy_half_year(date(2022, 8, 31)) == (FIRST, LAST)  # that of the last day is not over
    assert last_busy_half_year(LAST) is None
    found = client.get(PAGE)
    assert (found.context["scope"].first, str(found.context["last"])) == (date(2022, 7, 1), "2022-12-31")
    assert found.context["scope"].schemes == (scheme,)
    assert "最近一个已过完、有淘汰置换的半年" in found.content.decode()
    named = client.get(PAGE, {"scheme": scheme.code})
    assert (named.context["scope"].first, named.context["guessed"]) == (date(2022, 1, 1), False)


def test_a_chart_leaves_the_many_small_ones_to_a_line_of_text():
    bars = _most(Counter({f"第{no:02}店": 100 - no for no in range(MOST)} | {"小店甲": 3, "小店乙": 2}), "台")
    assert len(bars.names) == len(bars.series["台"]) == MOST
    assert min(bars.series["台"]) == 81
    assert bars.below == "图中为最多的 20 项；其余 2 项合计 5，没有画出。"
    assert _most(Counter({"甲": 1}), "台").below == ""


def test_a_period_reports_the_scheme_that_it_falls_to_unless_another_is_chosen(client):
    make_scheme(budget_fen=100)
    other = make_scheme(year=2021, budget_fen=100)
    period = {"first": "2021-01-01", "last": "2021-12-31"}
    for query, found in ((period, other), ({"scheme": other.code}, other)):
        page = client.get(PAGE, query)
        assert page.context["scope"].schemes == (found,)
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
    found = [(unescape(address), text) for address, text in FIGURE.findall(main)]
    assert len(found) > 18
    for address, figure in found:
        rows = client.get(address).context["rows"]
        assert sum(int(row.value.replace(",", "")) for row in rows) == int(figure.replace(",", "")), address


def test_a_row_leads_to_its_record(client, district):
    claim = district.grow()
    page = client.get(
        reverse("staff-report-rows", args=["trade-ins"]), {"first": "2022-01-01", "last": "2022-06-30"}
    )
    (row,) = page.context["rows"]
    assert (row.label, row.url) == (claim.trade_in.record_no, url(Claim, "change", claim.pk))
    assert not who_it_is(page)


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


@pytest.mark.parametrize("role", ["finance", "merchant_manager"])
def test_no_figure_leads_anybody_to_a_closed_door(district, role):
    busy(district)
    client = logged_in(make_staff(role))
    html = client.get(PAGE).content.decode()
    for address, _figure in FIGURE.findall(html[html.index('<main class="staff">') :]):
        assert client.get(unescape(address)).status_code == 200, address


def test_what_is_to_come_is_left_out():
    today = localdate()
    assert Scope.of(today, today + timedelta(days=30)).last == today


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
    assert page.context["parts"] == []
    assert reverse("staff-report-xlsx") not in page.content.decode()
