"""The auditor reads the trail: the list, its filters, one entry, everything about a record and by a person."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.accounts.roles import ROLES
from core.audit.record import Action, record
from core.models import AuditEntry, User
from merchants.models import Merchant
from subsidies.models import Claim, Hold, LedgerEntry
from subsidies.review.services.holds import clear_holds, place_holds
from tests.admin.district import logged_in, url, who_it_is
from tests.console import owning, sql, tamper, update
from tests.core.audit.reading import newest
from tests.factories import NOW, MerchantFactory, OwnerFactory, UserFactory, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db

LIST = "admin:core_auditentry_changelist"


@laid
def auditor():
    return make_staff("auditor")


@pytest.fixture
def client(auditor):
    return logged_in(auditor)


@laid
def shop():
    return MerchantFactory(name="湖墅车行", subdistrict="")


def read(client, **query):
    response = client.get(reverse(LIST), query)
    assert response.status_code == 200
    return response


def rows(response):
    return list(response.context["cl"].result_list)


def page_of(client, entry):
    response = client.get(url(AuditEntry, "change", entry.pk))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("role", [None, *ROLES])
def test_the_trail_is_the_auditor_s_alone(role):
    record(Action.VIEW, by=None)
    reader = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    expected = 200 if role == "auditor" else 403
    assert reader.get(reverse(LIST)).status_code == expected
    assert reader.get(url(AuditEntry, "change", newest().pk)).status_code == expected


def test_an_entry_shows_before_and_after_in_the_words_of_the_fields(client, shop):
    with owning():
        sql(update(shop, "name = '拱宸车行', trade_in_enabled_on = '2022-07-01'"))
    html = page_of(client, newest(object_id=shop.pk))
    for text in ("名称", "湖墅车行", "拱宸车行", "淘汰置换开通日期", "2022-07-01", "修改前", "修改后"):
        assert text in html
    assert "数据库控制台" in html
    assert url(Merchant, "change", shop.pk) in html
    assert f"object_type=merchants.merchant&amp;object_id={shop.pk}" in html


def test_an_entry_shows_what_is_sealed_as_that_and_names_roles_in_chinese(client):
    owner = OwnerFactory(name="欧阳娜娜")
    sql(update(owner, "name = '上官婉儿', id_kind = '护照'"))
    html = page_of(client, newest(object_type="ebikes.owner"))
    assert "已加密，不显示" in html
    assert "护照" in html
    assert "欧阳" not in html
    person = make_staff("reviewer")
    html = page_of(client, newest(object_type="core.user", object_id=person.pk))
    assert "复核" in html


def test_an_entry_of_something_that_is_no_more_is_still_read(client):
    with owning():
        AuditEntry.objects.create(
            action="update",
            object_type="old.thing",
            object_id="7",
            before={"a": 1},
            after={"a": [], "b": True},
        )
    html = page_of(client, newest())
    assert "old.thing #7" in html
    assert "是" in html


def test_what_was_typed_into_the_trail_is_never_markup(client):
    shop = MerchantFactory(name="<script>alert(1)</script>")
    sql(update(shop, "name = '<b>x</b>'"))
    assert "<script>alert(1)" not in page_of(client, newest(object_id=shop.pk))
    assert "<b>x</b>" not in read(client).content.decode()


def test_the_list_is_narrowed_by_action_person_kind_and_day(client, auditor, shop):
    other = UserFactory(is_staff=True)
    record(Action.VIEW, by=other, of=shop)
    record(Action.EXPORT, by=auditor, of=Merchant)
    tamper(
        "UPDATE core_auditentry SET at = %s WHERE action IN ('view', 'export') AND object_type = 'merchants.merchant'",
        NOW,
    )
    (viewed,) = rows(read(client, action__exact="view"))
    assert (viewed.action, viewed.by) == ("view", other)
    assert {entry.by for entry in rows(read(client, by=other.pk))} == {other}
    assert {entry.object_type for entry in rows(read(client, object_type="merchants.merchant"))} == {
        "merchants.merchant"
    }
    assert {entry.action for entry in rows(read(client, at_from="2022-09-20", at_to="2022-09-20"))} <= {
        "view",
        "export",
    }
    assert len(rows(read(client, at_from="2022-09-20", at_to="2022-09-20"))) == 2
    assert None in {entry.by for entry in rows(read(client, by="none"))}


@pytest.mark.parametrize(
    "query", [{"by": "x"}, {"by": "9" * 40}, {"object_type": "\x00"[:0] or "nothing"}, {"at_from": "x"}]
)
def test_nonsense_in_the_address_breaks_nothing(client, query):
    assert client.get(reverse(LIST), query).status_code in (200, 302)


def test_everything_about_one_claim_has_its_moves_above(client, district):
    claim = district.grow()
    district.pay(claim)
    logged_in(make_staff("reviewer")).get(url(Claim, "change", claim.pk))
    response = read(client, object_type="subsidies.claim", object_id=claim.pk)
    html = response.content.decode()
    assert f"补贴申请 {claim.trade_in.record_no} 的全部记录" in html
    assert "已锁定 → 已批准" in html or "→ 已批准" in html
    assert "批准发放" in html
    assert "approve_claims" not in html
    assert {entry.action for entry in rows(response)} >= {"view", "decide"}
    assert not who_it_is(response)


def test_the_reasons_of_a_hold_are_read_in_words(client, district):
    claim, officer = district.grow(), make_staff("officer")
    place_holds(kind=Hold.Kind.OBJECTION, evidence={claim.pk: {}}, by=officer, now=NOW, reasons=["identity"])
    clear_holds(holds=claim.holds.all(), by=officer, now=NOW, reasons=["family", "seen_on_site"])
    entry = newest(detail__part="subsidies.hold", action="update")
    assert "同一家庭共用手机号或钱包、已到店核查" in page_of(client, entry)
    entry = newest(detail__part="subsidies.hold", action="create")
    assert "身份存疑" in page_of(client, entry)


def test_everything_by_one_person_is_one_link_away(client, district):
    claim = district.grow()
    district.pay(claim)
    entry = newest(action="decide", by=district.approver)
    assert f"?by={district.approver.pk}" in page_of(client, entry)
    assert rows(read(client, by=district.approver.pk))[0] == entry


def test_the_pages_cost_the_same_at_five_entries_and_at_fifty(client, shop):
    def costs():
        with CaptureQueriesContext(connection) as queries:
            read(client)
            page_of(client, newest(object_id=shop.pk, action="update"))
        return len(queries)

    for name in ("a", "b", "c"):
        sql(update(shop, f"name = '{name}'"))
    costs()
    three = costs()
    for number in range(45):
        sql(update(shop, f"name = '{number}'"))
        record(Action.VIEW, by=UserFactory(), of=shop)
    assert costs() == three


def test_the_sidebar_leads_to_the_trail_and_tabs_to_the_ledger(client):
    context = read(client).context
    links = [str(item["link"]) for group in context["sidebar_navigation"] for item in group["items"]]
    assert reverse(LIST) in links
    tabs = [str(item["link"]) for tabs in context["tab_list"] for item in tabs["items"]]
    assert url(LedgerEntry, "changelist") in tabs


def test_a_superuser_reads_and_changes_nothing_either(shop):
    client = logged_in(UserFactory(is_staff=True, is_superuser=True))
    entry = newest(object_id=shop.pk)
    for page in ("change", "delete"):
        assert client.post(url(AuditEntry, page, entry.pk), {"post": "yes"}).status_code == 403
    assert client.get(url(AuditEntry, "add")).status_code == 403
    assert User.objects.count() == 1
