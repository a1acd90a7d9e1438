"""Lists are called what the sidebar calls them, records by their own names; on the page and in the browser's tab."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from core.models import AuditEntry, User
from ebikes.models import FiledBike, ImportBatch, TradeIn
from merchants.models import Inspection, Invitation, Merchant
from subsidies.models import Claim, LedgerEntry, PayoutBatch, Scheme
from tests.admin.district import ASKED_FOR, EDITABLE, READ_ONLY, url
from tests.english import english
from tests.factories import OwnerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("grown")]

SITE = "电动自行车淘汰置换补贴"
STOCK = re.compile("^(选择|查看|修改|更改|Select|View|Change) ?")


def tab(response):
    """What the browser's tab says."""
    return unescape(re.search(r"<title>(.*?)</title>", response.content.decode(), re.S)[1]).strip()


def heading(response):
    """The parts of the page's heading."""
    inside = re.search(r"<h1.*?</h1>", response.content.decode(), re.S)[0]
    return [unescape(part).strip() for part in re.findall(r"truncate tracking-tight\">(.*?)</", inside, re.S)]


@pytest.mark.parametrize(
    ("model", "title"),
    [
        (Claim, "补贴申请"),
        (FiledBike, "备案车辆"),
        (TradeIn, "淘汰置换"),
        (ImportBatch, "批次历史"),
        (AuditEntry, "审计"),
        (Merchant, "销售商户"),
        (Scheme, "补贴方案"),
        (PayoutBatch, "发放批次"),
        (Group, "角色"),
        (User, "用户"),
    ],
)
def test_a_list_is_called_what_leads_to_it(client, model, title):
    page = client.get(url(model, "changelist"))
    assert tab(page) == f"{title} | {SITE}"
    assert heading(page) == [title]


@pytest.mark.parametrize("model", [*READ_ONLY, *EDITABLE, *ASKED_FOR])
def test_no_list_and_no_record_has_a_stock_title(client, boss, model):
    for browser in (client, english(boss)):
        row = model._default_manager.first()
        listed = browser.get(url(model, "changelist"))
        shown = browser.get(url(model, "change", row.pk))
        for page in (listed, shown):
            assert not STOCK.match(tab(page))
            assert all(heading(page)), heading(page)
        assert len(heading(listed)) == 1
        assert tab(shown).startswith(heading(shown)[-1])


def test_a_list_s_title_is_english_for_whoever_reads_english(boss):
    page = english(boss).get(url(FiledBike, "changelist"))
    assert not re.search("[\u4e00-\u9fff]", heading(page)[0])


def test_a_record_bears_its_own_name_behind_the_way_to_its_list(client):
    claim, batch = Claim.objects.get(), PayoutBatch.objects.get()
    merchant = claim.trade_in.merchant
    names = {
        (Claim, claim.pk): ["补贴申请", claim.trade_in.record_no],
        (PayoutBatch, batch.pk): ["发放批次", batch.number],
        (Merchant, merchant.pk): ["销售商户", merchant.name],
        (Group, Group.objects.get(name="officer").pk): ["角色", "经办"],
        (Inspection, Inspection.objects.get().pk): ["一店一查", f"2022-09-20 {merchant}"],
        (Invitation, Invitation.objects.get().pk): ["邀请", f"{merchant} · 店员"],
        (LedgerEntry, LedgerEntry.objects.get(seq=1).pk): ["资金账目", "#1 拨入"],
    }
    for (model, pk), parts in names.items():
        page = client.get(url(model, "change", pk))
        assert heading(page) == parts
        assert tab(page) == f"{parts[-1]} | {SITE}"
        assert f'href="{url(model, "changelist")}"' in page.content.decode()


def test_a_history_says_of_what(client):
    claim = Claim.objects.get()
    assert heading(client.get(url(Claim, "history", claim.pk))) == [
        "补贴申请",
        f"{claim.trade_in.record_no} 的历史",
    ]


def test_a_form_to_add_says_what_is_added(client):
    assert heading(client.get(url(Merchant, "add"))) == ["销售商户", "新增销售商户"]


def test_pages_of_no_list_have_their_titles_alone(client):
    assert heading(client.get(reverse("admin:index"))) == ["今日待办"]
    assert heading(client.get(reverse("staff-report"))) == ["报表"]


def test_a_name_that_looks_like_markup_stays_text(client):
    owner = OwnerFactory(name="<b>", id_no="E00000001", id_kind="Passport")
    page = client.get(reverse("admin:ebikes_owner_change", args=[owner.pk]))
    assert "<b>" not in re.search(r"<h1.*?</h1>", page.content.decode(), re.S)[0]


def test_every_admin_names_its_records():
    assert not [page for page in admin.site._registry.values() if not hasattr(page, "called")]
