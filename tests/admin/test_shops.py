"""Merchants on the staff's side: the list with its gaps, a merchant's page, and the questions before its rights change."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from core.accounts.roles import ROLES
from core.audit.acting import acting
from core.models import AuditEntry
from core.shanghai import today
from merchants.letters.signing import current_text
from merchants.models import AgentPoint, CommitmentLetter, Inspection, Merchant, SamplingLot, Training
from subsidies.models import Claim, Hold
from subsidies.reports.selectors.statements import month_of
from tests.admin.district import logged_in, said, url, who_it_is
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    TradeInFactory,
    UserFactory,
    answered,
    make_claim,
    make_member,
    make_scheme,
    make_staff,
)

pytestmark = pytest.mark.django_db
DAY = NOW.date()


def complete():
    """A shop that lacks nothing."""
    point = AgentPointFactory(merchant=MerchantFactory(registered_on=DAY))
    shop = point.merchant
    letter = {"text_version": current_text().version, "signed_on": DAY, "posted_at": DAY}
    CommitmentLetter.objects.create(merchant=shop, **letter)
    Training.objects.create(title="政策", held_on=DAY).attended_by.add(shop)
    Inspection.objects.create(merchant=shop, inspected_on=DAY, inspectors="陈队")
    return shop


def listed(client, model=Merchant, **query):
    response = client.get(url(model, "changelist"), query)
    assert response.status_code == 200
    return {row.pk for row in response.context["cl"].result_list}


# ------------------------------------------------------------------ the list

GAPS = {
    "registered": lambda shop: Merchant.objects.filter(pk=shop.pk).update(registered_on=None),
    "enabled": lambda shop: acting("x", by=None, now=NOW)(Merchant.objects.filter(pk=shop.pk).update)(
        trade_in_enabled_on=today() + timedelta(days=1)
    ),
    "signed": lambda shop: shop.letters.update(text_version="2021-01"),
    "posted": lambda shop: shop.letters.update(posted_at=None),
    "with_point": lambda shop: shop.agent_points.get().authorizations.update(ends_on=DAY),
    "trained": lambda shop: shop.trainings.clear(),
    "inspected": lambda shop: shop.inspections.update(merchant=MerchantFactory()),
    "sound": lambda shop: Inspection.objects.create(
        merchant=shop, inspected_on=DAY, inspectors="陈队", modified="fault", rectify_by=DAY
    ),
}


@pytest.mark.parametrize("gap", GAPS)
def test_each_gap_has_a_filter_that_finds_whom_it_is_about(client, gap):
    sound, lacking = complete(), complete()
    GAPS[gap](lacking)
    found = listed(client, standing=f"-{gap}")
    assert lacking.pk in found
    assert sound.pk not in found
    assert sound.pk in listed(client, standing=f"{gap}@{today()}")


def test_the_list_says_what_is_lacking_in_words(client):
    MerchantFactory(trade_in_enabled_on=None)
    html = client.get(url(Merchant, "changelist")).content.decode()
    for text in ("未注册", "未开通", "未签", "未上墙", "未培训", "未检查"):
        assert text in html


@pytest.mark.parametrize("query", ["standing=x", "standing=-", "standing=signed@yesterday", "standing=@"])
def test_a_filter_that_makes_no_sense_is_no_error(client, query):
    complete()
    assert client.get(f"{url(Merchant, 'changelist')}?{query}").status_code == 200


@pytest.mark.parametrize("query", ["authorised=x", "authorised=during@x", "authorised=yes@x", "authorised="])
def test_nor_is_one_of_agent_points(client, query):
    complete()
    assert client.get(f"{url(AgentPoint, 'changelist')}?{query}").status_code == 200


def test_agent_points_are_found_by_what_they_may_do(client):
    mine, other = complete().agent_points.get(), AgentPointFactory(authorised=False)
    assert listed(client, AgentPoint, authorised="yes") == {mine.pk}
    assert listed(client, AgentPoint, authorised="-yes") == {other.pk}
    assert listed(client, AgentPoint, authorised="withdrawn") == set()


def test_the_list_stays_quick_at_ten_thousand_merchants(client):
    Merchant.objects.bulk_create(Merchant(uscc=f"X{n:017}", name=f"{n}号店") for n in range(10_000))
    with CaptureQueriesContext(connection) as captured:
        listed(client, standing="-signed")
    slowest = max(float(query["time"]) for query in captured)
    assert slowest < 1, slowest


@pytest.mark.parametrize(("model", "kind"), [(Merchant, "merchants"), (AgentPoint, "agent_points")])
def test_the_import_button_leads_to_its_kind_of_file(client, model, kind):
    response = client.get(url(model, "import_file"))
    assert response.headers["Location"] == f"{reverse('imports')}?kind={kind}"
    assert url(model, "import_file") in client.get(url(model, "changelist")).content.decode()


def test_whoever_sends_no_files_finds_no_import_button():
    page = logged_in(make_staff("reviewer")).get(url(Merchant, "changelist")).content.decode()
    assert url(Merchant, "import_file") not in page


# ------------------------------------------------------------------ a merchant's page


def page_of(client, shop):
    return client.get(reverse("staff-merchant", args=[shop.pk]))


def test_a_merchants_page_has_everything_and_gives_nobody_away(client, district):
    claim = district.grow()
    shop = claim.trade_in.merchant
    html = page_of(client, shop).content.decode()
    for text in ("校园广场", "淘汰置换政策", "待整改", "电动自行车", claim.trade_in.agent_point.point_no):
        assert text in html
    assert not who_it_is(page_of(client, shop))


def texts_of(html, key):
    """What the entries of one of the page's lists say, each as one text."""
    section = html.partition(f'<h2 id="{key}">')[2].partition("</section>")[0]
    return [" ".join(strip_tags(item).split()) for item in section.split("<li")[1:]]


def test_what_is_listed_of_a_merchant_stands_in_one_shape(client):
    shop, day = complete(), {"inspected_on": DAY, "inspectors": "陈队", "modified": "fault"}
    ordered = {**day, **answered(modified="fault"), "rectify_by": DAY, "conclusion": "rectify"}
    Inspection.objects.create(merchant=shop, **ordered)
    Inspection.objects.create(merchant=shop, **day, rectify_by=DAY, rectified_on=DAY)
    SamplingLot.objects.create(kind="helmet", merchant=shop, sampled_on=DAY, follow_up="复检")
    clerk = make_member(shop)
    html = page_of(client, shop).content.decode()
    assert [text.split(">", 1)[1].strip() for text in texts_of(html, "inspections")] == [
        f"{DAY} 检查中 {DAY} 已整改 经营性改装、拼装、加装",
        f"{DAY} 责令改正 待整改 · 限 {DAY} 前 经营性改装、拼装、加装",
        f"{DAY} 检查中",
    ]
    assert [text.split(">", 1)[1].strip() for text in texts_of(html, "lots")] == [
        f"{DAY} 头盔 × 1 待出结果 复检"
    ]
    assert f"{current_text().version} · {DAY} 签订 · {DAY} 上墙 纸质" in texts_of(html, "letters")[0]
    assert f"{DAY} 政策" in texts_of(html, "trainings")[0]
    assert "还没有参加过。" in texts_of(html, "events")[0]
    assert str(clerk) in texts_of(html, "people")[0]


def test_the_figures_of_its_claims_lead_to_them(client, district):
    claim, _other = district.grow(), district.grow()
    shop = claim.trade_in.merchant
    address = f"{url(Claim, 'changelist')}?state__exact=eligible&merchant={shop.pk}"
    assert address.replace("&", "&amp;") in page_of(client, shop).content.decode()
    assert {row.pk for row in client.get(address).context["cl"].result_list} == {claim.pk}


@pytest.mark.parametrize("key", ["x", "-1", "99999999999999999999999", "0"])
def test_claims_of_a_merchant_that_is_none_are_no_error(client, district, key):
    district.grow()
    assert client.get(url(Claim, "changelist"), {"merchant": key}).status_code == 200


def test_an_unknown_merchant_has_no_page(client):
    assert client.get(reverse("staff-merchant", args=[404])).status_code == 404


def test_the_page_costs_the_same_with_one_claim_and_with_many(client, district):
    shop = district.grow().trade_in.merchant

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert page_of(client, shop).status_code == 200
        return len(captured)

    queries()
    one = queries()
    for _ in range(8):
        point = AgentPointFactory(merchant=shop)
        make_claim(district.scheme, trade_in=TradeInFactory(agent_point=point))
        make_member(shop)
    assert queries() == one


PEOPLE = {"auditor", "sysadmin", "merchant_manager"}
CLAIMS = {"officer", "reviewer", "auditor", "merchant_manager"}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_a_merchants_page_opens_to_the_roles_it_is_for(district, role):
    claim = district.grow()
    shop = claim.trade_in.merchant
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    response = page_of(client, shop)
    if role in (None, "finance"):
        assert response.status_code == 403
        return
    html = response.content.decode()
    assert ("商户人员" in html) == (role in PEOPLE)
    assert ('id="claims"' in html) == (role in CLAIMS)
    assert ("撤回授权" in html) == (role == "merchant_manager")


STATEMENTS = {"officer", "reviewer", "finance", "auditor"}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_statements_are_for_whoever_sees_claims_and_are_written_down(district, role):
    district.pay(claim := district.grow())
    shop = claim.trade_in.merchant
    assert month_of(shop, NOW.date().replace(month=6, day=1))
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for form, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        response = client.get(reverse(f"staff-merchant-{form}", args=[shop.pk, "2022-06"]))
        assert response.status_code == (200 if role in STATEMENTS else 403)
        assert response.content.startswith(start) == (role in STATEMENTS)
    assert AuditEntry.objects.filter(action="download").count() == (2 if role in STATEMENTS else 0)


def test_a_month_that_is_none_has_no_statement(client):
    shop = MerchantFactory()
    assert client.get(reverse("staff-merchant-pdf", args=[shop.pk, "2022-13"])).status_code == 404


# ------------------------------------------------------------------ asked first, then done


def asked(client, name, row, **data):
    return client.post(reverse(name, args=[row.pk]), {"confirmed": "1", **data}, follow=True)


@pytest.fixture
def point():
    point = complete().agent_points.get()
    make_claim(make_scheme(), trade_in=TradeInFactory(agent_point=point))
    return point


@pytest.mark.parametrize("role", [None, *ROLES])
@pytest.mark.parametrize("name", ["staff-point-grant", "staff-point-withdraw", "staff-merchant-enable"])
def test_nobody_but_the_merchant_manager_asks(point, name, role):
    row = point.merchant if "merchant" in name else point
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    data = {"last_day": today(), "reason": "出借授权牌", "starts_on": today(), "on": today()}
    allowed = role == "merchant_manager"
    assert client.get(reverse(name, args=[row.pk])).status_code == (200 if allowed else 403)
    if not allowed:
        assert asked(client, name, row, **data).status_code == 403
        assert point.authorizations.get().withdrawn_at is None


def test_looking_at_the_question_changes_nothing_and_says_what_would_be_held(client, point):
    html = client.get(reverse("staff-point-withdraw", args=[point.pk])).content.decode()
    assert "将立即暂缓这个代办点 1 份未发放的申请，共 300 元" in html
    assert point.authorizations.get().ends_on is None


def test_a_withdrawal_without_a_reason_asks_again(client, point):
    response = asked(client, "staff-point-withdraw", point, last_day=today(), reason=" ")
    assert response.context["form"].errors
    assert not Hold.objects.exists()


def test_a_withdrawal_for_yesterday_is_refused_with_a_sentence(client, point):
    yesterday = today() - timedelta(days=1)
    response = asked(client, "staff-point-withdraw", point, last_day=yesterday, reason="出借授权牌")
    assert "撤回不溯及既往，最后一天不能早于今天。" in response.content.decode()
    assert "出借授权牌" in response.content.decode()
    assert not Hold.objects.exists()


def test_nothing_is_withdrawn_more_than_a_year_ahead(client, point):
    response = asked(client, "staff-point-withdraw", point, last_day="2099-01-01", reason="出借授权牌")
    assert said(response) == ["最多提前一年办理撤回。没有撤回。"]
    assert not Hold.objects.exists()
    assert point.authorizations.get().withdrawn_at is None


def test_a_withdrawal_ends_the_period_and_holds_the_claim(client, boss, point):
    response = asked(client, "staff-point-withdraw", point, last_day=today(), reason="出借授权牌")
    assert said(response) == [f"代办点 {point} 的授权到 {today()} 为止，已暂缓 1 份申请。"]
    assert (Hold.objects.get().kind, Hold.objects.get().placed_by) == ("authorization", boss)
    assert "出借授权牌" in response.content.decode()
    again = client.get(reverse("staff-point-withdraw", args=[point.pk]))
    assert "没有可以撤回的" in again.content.decode()


def test_a_grant_that_overlaps_is_refused_with_a_sentence(client, point):
    response = asked(client, "staff-point-grant", point, starts_on=today())
    assert said(response) == ["这个代办点在所选日期内已有授权，两段授权不能重叠。没有授牌。"]


def test_before_a_grant_it_is_said_what_the_merchant_lacks(client):
    point = AgentPointFactory(authorised=False, merchant=MerchantFactory(trade_in_enabled_on=None))
    html = client.get(reverse("staff-point-grant", args=[point.pk])).content.decode()
    assert "这家商户未开通淘汰置换、未签承诺书、承诺书未上墙、未参加培训。" in html
    asked(client, "staff-point-grant", point, starts_on=today())
    assert point.authorizations.get().starts_on == today()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2022-01-31", "开通日期不能早于商户的平台注册日期。没有改动。"),
        ("2099-01-01", "开通日期不能晚于一年以后。没有改动。"),
    ],
)
def test_a_day_of_enabling_that_cannot_be_meant_is_refused(client, point, day, sentence):
    Merchant.objects.update(registered_on="2022-02-01")
    assert said(asked(client, "staff-merchant-enable", point.merchant, on=day)) == [sentence]
    point.merchant.refresh_from_db()
    assert str(point.merchant.trade_in_enabled_on) == "2022-03-01"


def test_a_day_of_enabling_that_contradicts_a_decision_is_refused(client, point):
    Merchant.objects.update(registered_on="2022-02-01")
    response = asked(client, "staff-merchant-enable", point.merchant, on="2022-06-11")
    assert said(response)[0].startswith("有申请已按原来的开通日期认定")
    point.merchant.refresh_from_db()
    assert str(point.merchant.trade_in_enabled_on) == "2022-03-01"


def test_neither_periods_nor_the_day_of_enabling_are_edited_by_hand(client, point):
    period = point.authorizations.get()
    inline = {"authorizations-TOTAL_FORMS": "1", "authorizations-INITIAL_FORMS": "1"}
    row = {"authorizations-0-id": period.pk, "authorizations-0-ends_on": "2022-06-01"}
    client.post(url(AgentPoint, "change", point.pk), {**inline, **row})
    letters = {"letters-TOTAL_FORMS": "0", "letters-INITIAL_FORMS": "0"}
    shop = {"uscc": point.merchant.uscc, "name": "改名店", "trade_in_enabled_on": "2020-01-01"}
    client.post(url(Merchant, "change", point.merchant.pk), {**shop, **letters})
    period.refresh_from_db()
    point.merchant.refresh_from_db()
    assert period.ends_on is None
    assert (point.merchant.name, str(point.merchant.trade_in_enabled_on)) == ("改名店", "2022-03-01")


# ------------------------------------------------------------------ inspections


def form_of(shop, **more):
    items = ("uncertified", "beyond_scope", "modified", "trademark", "price_marking", "price_gouging")
    return {
        "merchant": shop.pk,
        "inspected_on": DAY,
        "inspectors": "陈队",
        **dict.fromkeys(items, "ok"),
        **more,
    }


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"modified": "fault"}, "须写明整改期限"),
        ({"modified": "fault", "note": "x", "conclusion": "clean"}, "结论与检查内容不符"),
        ({"rectified_on": DAY}, "没有问题的检查不能填写整改完成日期"),
        ({"inspected_on": "2099-01-01"}, "不能晚于今天"),
    ],
)
def test_an_inspection_that_contradicts_itself_is_refused_with_a_sentence(client, more, sentence):
    response = client.post(url(Inspection, "add"), form_of(MerchantFactory(), **more))
    assert sentence in response.content.decode()
    assert not Inspection.objects.exists()


def test_a_concluded_inspection_takes_only_what_was_put_right(client):
    shop = MerchantFactory()
    client.post(url(Inspection, "add"), form_of(shop, modified="fault", rectify_by=DAY, conclusion="rectify"))
    found = Inspection.objects.get()
    change = form_of(shop, modified="ok", conclusion="clean", rectified_on=DAY, note="已复查")
    assert client.post(url(Inspection, "change", found.pk), change).status_code == 302
    found.refresh_from_db()
    assert (found.modified, found.conclusion, found.rectified_on, found.note) == (
        "fault",
        "rectify",
        DAY,
        "已复查",
    )
    assert client.get(url(Inspection, "delete", found.pk)).status_code == 403


def test_a_clean_concluded_inspection_is_not_put_right_and_says_so(client):
    found = Inspection.objects.create(
        merchant=MerchantFactory(), inspected_on=DAY, inspectors="陈队", conclusion="clean", **answered()
    )
    response = client.post(url(Inspection, "change", found.pk), {"rectified_on": DAY, "note": ""})
    assert "没有问题的检查不能填写整改完成日期" in response.content.decode()


def test_what_was_saved_is_named_by_the_shop_and_the_day(client):
    shop = MerchantFactory(name="和睦车行")
    added = client.post(url(Inspection, "add"), form_of(shop), follow=True)
    (sentence,) = said(added)
    assert f">{DAY} 和睦车行<" in sentence
    changed = client.post(
        url(Inspection, "change", Inspection.objects.get().pk), form_of(shop, note="复查"), follow=True
    )
    (sentence,) = said(changed)
    assert f">{DAY} 和睦车行<" in sentence


@pytest.mark.parametrize(("shop", "named"), [("和睦车行", " 和睦车行"), (None, "")])
def test_so_is_a_spot_check_which_may_be_of_no_shop(client, shop, named):
    merchant = MerchantFactory(name=shop).pk if shop else ""
    lot = {"kind": "helmet", "purpose": "routine", "lots": "2", "failed": "0", "result": "pending"}
    form = {**lot, "merchant": merchant, "sampled_on": DAY}
    (sentence,) = said(client.post(url(SamplingLot, "add"), form, follow=True))
    assert f">{DAY}{named} 头盔 × 2<" in sentence


@pytest.mark.parametrize(("value", "count"), [("open", 2), ("overdue", 1), ("done", 1), ("x", 4)])
def test_inspections_are_found_by_whether_faults_were_put_right(client, value, count):
    shop, fault = MerchantFactory(), {"inspected_on": DAY, "inspectors": "陈队", "modified": "fault"}
    shop.inspections.create(**fault, rectify_by=DAY)
    shop.inspections.create(**fault, rectify_by=today() + timedelta(days=9))
    shop.inspections.create(**fault, rectify_by=DAY, rectified_on=DAY)
    shop.inspections.create(inspected_on=DAY, inspectors="陈队")
    assert len(listed(client, Inspection, rectification=value)) == count
