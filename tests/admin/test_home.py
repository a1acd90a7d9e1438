"""The page that the staff open in the morning: every figure is there, and leads to its rows."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.audit.acting import acting
from ebikes.models import ImportBatch, LicensingHealth
from merchants.models import CorrectionOrder
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Hold, ReportIssue, Scheme
from subsidies.review.services.holds import place_holds
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import propose_change
from subsidies.stated.services.figures import Statement, tell_figure
from tests.admin.district import SCAN, WHO_IT_IS, logged_in
from tests.console import unguarded
from tests.factories import NOW, UserFactory, make_claim, make_member, make_scheme, make_staff

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
FIGURE = re.compile(r'<a href="(/admin/[^"]*)">([\d,]+)</a>')


def page(client):
    response = client.get(HOME)
    assert response.status_code == 200
    return response.content.decode()


def figures(html):
    """Each address behind a figure, with the figure."""
    main = html[html.index('<main class="staff">') :]
    return [(unescape(url), int(text.replace(",", ""))) for url, text in FIGURE.findall(main)]


def in_state(scheme, state, *, days=0):
    claim = make_claim(scheme, state="checking")
    reasons = ["no_plate", "not_filed"] if state == "refused" else []
    with acting("test", by=None, now=timezone.now() - timedelta(days=days)):
        Claim.objects.filter(pk=claim.pk).update(state=state, refusals=reasons)


def busy(district):
    """A district in which every part of the page has something to show."""
    district.pay(district.grow())
    for state in ("review", "needs_correction", "refused"):
        in_state(district.scheme, state, days=2)
    make_claim(district.scheme)
    allocate(scheme=district.scheme, now=NOW)
    make_claim(district.scheme, state="waitlisted")
    make_claim(district.scheme)
    ImportBatch.objects.create(kind="trade_ins", file_name="7月.csv", uploaded_at=NOW, state="preview")


def test_before_any_scheme_the_page_says_so(client):
    html = page(client)
    assert "目前没有补贴方案。" in html
    assert "还没有询问过外部系统。" in html


def test_a_scheme_without_money_has_a_page(client):
    Scheme.objects.create(code="empty", name="没有资金的方案")
    html = page(client)
    assert "没有资金的方案" in html
    assert figures(html) == []


def test_every_figure_leads_to_exactly_its_rows(client, district):
    busy(district)
    found = figures(page(client))
    assert len(found) > 20
    for url, figure in found:
        response = client.get(url)
        assert response.status_code == 200, url
        if "/work/" in url or "/recoveries/" in url:
            assert len(response.context["rows"]) == figure, url
            continue
        if "/months/" in url:
            due = [row for _scheme, rows in response.context["schemes"] for row in rows if row["close"]]
            assert len(due) == figure, url
            continue
        rows = response.context["cl"].result_list
        fen = sum(getattr(row, "amount_fen", 0) for row in rows)
        assert figure in {len(rows), fen // 100} or "subsidies/scheme" in url, url


def test_what_waits_is_counted_by_the_days_it_has_waited(client, district):
    for days in (0, 2, 5, 30):
        in_state(district.scheme, "review", days=days)
    found = dict(figures(page(client)))
    changelist = reverse("admin:subsidies_claim_changelist")
    assert found[f"{reverse('staff-work')}?tab=review"] == 4
    for bucket in range(4):
        assert found[f"{changelist}?state__exact=review&waits={bucket}"] == 1
    assert "最早的已等 30 天" in page(client)


@pytest.mark.parametrize("query", ["waits=9", "waits=x", "reason=nonsense", "waits=", "reason="])
def test_a_filter_that_makes_no_sense_is_no_error(client, district, query):
    district.grow()
    assert client.get(f"{reverse('admin:subsidies_claim_changelist')}?{query}").status_code == 200


def test_a_system_that_fails_is_pointed_out(client):
    LicensingHealth.objects.create(system="exing", state="open", consecutive_failures=21, seen_at=NOW)
    html = page(client)
    assert "浙江e行在线" in html
    assert "暂停询问" in html
    assert "连续失败 21 次" in html
    assert "还没有应答过" in html


def test_nobody_is_given_away(client, district):
    busy(district)
    html = page(client)
    assert not [secret for secret in WHO_IT_IS if secret in html]


def test_it_costs_the_same_at_three_claims_and_at_thirty(client, district):
    def queries():
        page(client)  # what is looked up once is remembered now, and the time of the visit is written
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    for _ in range(3):
        district.grow()
    three = queries()
    for _ in range(27):
        district.grow()
    assert queries() == three


def test_whoever_may_see_nothing_gets_a_sentence(district):
    busy(district)
    html = page(logged_in(UserFactory(is_staff=True)))
    assert "您还没有可以查看的内容" in html
    assert figures(html) == []
    assert district.scheme.name not in html[html.index('<main class="staff">') :]


def test_whoever_may_see_payouts_sees_the_payouts_alone(district, staff_who_may):
    busy(district)
    html = page(logged_in(staff_who_may("view_payoutbatch")))
    assert [url for url, _figure in figures(html)] == [
        reverse("admin:subsidies_payoutbatch_changelist") + "?state__exact=draft"
    ]
    assert "待人工复核" not in html


def test_merchants_and_strangers_do_not_come_in(district):
    claim = district.grow()
    member = make_member(claim.trade_in.merchant, "owner")
    for visitor in (Client(), logged_in(member)):
        assert visitor.get(HOME).status_code == 302


def test_the_sidebar_has_the_words_of_the_work_in_their_order(client):
    make_scheme()
    items = [
        str(item["title"])
        for group in client.get(HOME).context["sidebar_navigation"]
        for item in group["items"]
        if item["has_permission"]  # one is of a province alone
    ]
    assert items == [
        *("今日待办", "淘汰置换", "资格核验", "补贴分配", "发放", "月结", "追回"),
        *("商户与代办点", "检查任务", "备案车辆", "报表", "各区情况", "政策推演", "审计", "账目和审计链核对"),
        *("导入", "我的导出"),
        *("外部系统状况", "用户", "账号和权限变更", "角色", "邀请"),
    ]


def test_every_entry_of_the_sidebar_and_every_tab_opens(client):
    response = client.get(HOME)
    context = response.context
    links = [str(item["link"]) for group in context["sidebar_navigation"] for item in group["items"]]
    links += [str(item["link"]) for tabs in context["tab_list"] for item in tabs["items"]]
    assert len(links) == 23 + 40
    for link in links:
        assert client.get(link).status_code == 200, link


def waits_for(client):
    """What waits for this person, by its title; all else stands behind it."""
    tasks = client.get(HOME).context["tasks"]
    mine = [task for task in tasks if task.waits]
    assert tasks[: len(mine)] == mine
    return {str(task.title): task.figure for task in mine}


def test_each_finds_the_own_work_first(district):
    busy(district)
    claim = make_claim(district.scheme)
    noticed = {claim.pk: {"note": "到店核实"}}
    place_holds(kind=Hold.Kind.OBJECTION, evidence=noticed, by=district.maker, now=NOW)
    proposal = Proposal(Terms.of(district.scheme.policies.get()), note="追加", budget_fen=100)
    change = propose_change(scheme=district.scheme, proposal=proposal, by=district.maker, now=NOW)
    assert set(waits_for(logged_in(make_staff("officer")))) == {
        *("待人工复核", "不一致和疑点，已暂缓", "待确认的导入批次"),
    }
    reviewer = waits_for(logged_in(make_staff("reviewer")))
    assert set(reviewer) == {
        *("不一致和疑点，已暂缓", "提请不予补贴或人工暂缓", "待批准发放", "待决定的方案变更"),
    }
    assert reviewer["待决定的方案变更"].url == reverse("staff-change", args=[change.pk])
    assert reviewer["提请不予补贴或人工暂缓"].text == "1"
    assert set(waits_for(logged_in(make_staff("finance")))) == {"待放行的发放批次", "待关账的月份"}
    manager = waits_for(logged_in(make_staff("merchant_manager")))
    assert set(manager) == {"待整改的检查", "承诺书未上墙的商户"}
    for role in ("auditor", "sysadmin"):
        assert waits_for(logged_in(make_staff(role))) == {}


def test_a_reviewer_finds_what_waits_for_a_signature(district):
    maker, told = district.maker, Statement("code_plates", 45_000, NOW.date(), "云申领")
    visit = district.grow().trade_in.merchant.inspections.first()
    paper = {"proposed_by": maker, "proposed_at": NOW, "demands": "恢复限速", "basis": "依据"}
    with transaction.atomic(), unguarded():
        CorrectionOrder.objects.create(inspection=visit, due_on=NOW.date(), **paper)
    tell_figure(told=told, proof=SCAN, by=maker, now=NOW)
    days = {"year": 2022, "serial": 1, "first": date(2022, 1, 1), "last": date(2022, 6, 30)}
    ReportIssue.objects.create(**days, made_by=maker, made_at=NOW)
    reviewer, officer = logged_in(make_staff("reviewer")), logged_in(make_staff("officer"))
    titles = ("待签发的责令改正通知书", "待签发的报告", "待确认的外部数据")
    assert set(titles) <= set(waits_for(reviewer))
    assert not set(titles) & set(waits_for(officer))
    for title in titles:
        figure = waits_for(reviewer)[title]
        assert len(reviewer.get(figure.url).context["cl"].result_list) == int(figure.text) == 1


def test_what_a_merchant_manager_counts_leads_to_its_rows(district):
    district.grow()
    client = logged_in(make_staff("merchant_manager"))
    for title in ("待整改的检查", "承诺书未上墙的商户"):
        figure = waits_for(client)[title]
        assert len(client.get(figure.url).context["cl"].result_list) == int(figure.text) == 1
