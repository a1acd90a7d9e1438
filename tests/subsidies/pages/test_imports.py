"""Sending a file in: from the form to live records, and who may send what."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ebikes.importing.tasks import read_upload
from ebikes.models import FiledBike, ImportBatch, TradeIn
from merchants.models import AgentPoint, Merchant
from subsidies.models import Claim
from tests.ebikes.files import as_csv, as_xlsx, trade_in_row, valid_id, valid_uscc
from tests.factories import (
    AgentPointFactory,
    MerchantFactory,
    UserFactory,
    make_member,
    make_scheme,
    make_staff,
)
from tests.subsidies.pages.site import act, logged_in, page_of, send, sent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_good_file_is_read_shown_and_confirmed(clerk, point, write):
    make_scheme()
    batch = sent(clerk, write([trade_in_row(point), trade_in_row(point)]))
    assert (batch.state, batch.rows_accepted, TradeIn.objects.count()) == ("preview", 2, 0)
    assert "这是预览" in page_of(clerk, batch)
    assert "已确认导入" in act(clerk, "confirm", batch)
    assert (batch.state, TradeIn.objects.count(), Claim.objects.count()) == ("confirmed", 2, 2)
    assert batch.confirmed_by == batch.uploaded_by == point.merchant.memberships.get().user


def test_the_page_answers_before_the_file_is_read(clerk, point, ordered):
    send(clerk, as_csv([trade_in_row(point)]))
    batch = ImportBatch.objects.get()
    assert (ordered, batch.state) == ([batch.pk], "reading")
    html = page_of(clerk, batch)
    assert "正在读取" in html
    assert 'http-equiv="refresh"' in html


def test_confirming_twice_says_so_and_changes_nothing(clerk, point):
    make_scheme()
    batch = sent(clerk, as_csv([trade_in_row(point)]))
    act(clerk, "confirm", batch)
    before = (batch.confirmed_at, TradeIn.objects.count(), Claim.objects.count())
    assert "没有重复导入" in act(clerk, "confirm", batch)
    assert (batch.confirmed_at, TradeIn.objects.count(), Claim.objects.count()) == before


def test_the_same_file_again_counts_nothing_twice(clerk, point):
    make_scheme()
    content = as_csv([trade_in_row(point)])
    first = sent(clerk, content)
    act(clerk, "confirm", first)
    send(clerk, content)
    again = ImportBatch.objects.exclude(pk=first.pk).get()
    read_upload(again.pk)
    again.refresh_from_db()
    assert (again.rows_accepted, again.rows_duplicate) == (0, 1)
    act(clerk, "confirm", again)
    assert (TradeIn.objects.count(), Claim.objects.count()) == (1, 1)


def test_without_a_scheme_nothing_is_confirmed_and_nothing_is_lost(clerk, point):
    batch = sent(clerk, as_csv([trade_in_row(point)]))
    assert "还没有补贴方案" in act(clerk, "confirm", batch)
    assert (batch.state, TradeIn.objects.count()) == ("preview", 0)


def test_a_discarded_file_leaves_nothing_behind(clerk, point):
    make_scheme()
    batch = sent(clerk, as_csv([trade_in_row(point)]))
    assert "没有任何记录被导入" in act(clerk, "discard", batch)
    assert "已经确认或撤销过" in act(clerk, "discard", batch)
    assert "没有重复导入" in act(clerk, "confirm", batch)
    assert (batch.state, TradeIn.objects.count(), Claim.objects.count()) == ("discarded", 0, 0)


def test_a_confirmed_file_cannot_be_discarded(clerk, point):
    make_scheme()
    batch = sent(clerk, as_csv([trade_in_row(point)]))
    act(clerk, "confirm", batch)
    assert "已经确认或撤销过" in act(clerk, "discard", batch)
    assert (batch.state, TradeIn.objects.count()) == ("confirmed", 1)


@pytest.mark.parametrize("verb", ["confirm", "discard"])
def test_a_file_that_is_still_being_read_waits(clerk, point, verb):
    send(clerk, as_csv([trade_in_row(point)]))
    batch = ImportBatch.objects.get()
    act(clerk, verb, batch)
    assert batch.state == "reading"


def test_a_merchants_file_holds_its_own_trade_ins_only(clerk, point):
    other = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    batch = sent(clerk, as_csv([trade_in_row(point), trade_in_row(other)]))
    assert (batch.rows_accepted, batch.rows_refused) == (1, 1)
    html = page_of(clerk, batch)
    assert f"“{other.merchant.uscc}”不是本商户" in html


def test_a_merchant_sends_trade_ins_whatever_it_says_it_sends(clerk, point):
    assert 'name="kind"' not in clerk.get(reverse("imports")).content.decode()
    batch = sent(clerk, as_csv([trade_in_row(point)]), kind="merchants")
    assert (batch.kind, batch.merchant) == ("trade_ins", point.merchant)


def test_staff_send_all_four_kinds(staff, point):
    colleague = logged_in(make_staff("officer"))
    make_scheme()
    day = {"授权起": "2022-06-01", "授权止": ""}
    files = {
        "merchants": [{"统一社会信用代码": valid_uscc(), "名称": "大关车行"}],
        "agent_points": [{"代办点编号": "GS-1", "商户统一社会信用代码": point.merchant.uscc, **day}],
        "filed_bikes": [
            {"备案号牌": "杭D1", "备案日期": "2018-06-01", "车主姓名": "王", "证件号码": valid_id()}
        ],
        "trade_ins": [trade_in_row(point)],
    }
    for kind, rows in files.items():
        send(staff, as_csv(rows), kind=kind)
        batch = ImportBatch.objects.latest("pk")
        read_upload(batch.pk)
        act(staff if kind == "trade_ins" else colleague, "confirm", batch)
        assert (batch.kind, batch.state, batch.rows_accepted) == (kind, "confirmed", 1)
    assert Merchant.objects.filter(name="大关车行").exists()
    assert AgentPoint.objects.filter(point_no="GS-1").exists()
    assert (FiledBike.objects.count(), TradeIn.objects.count(), Claim.objects.count()) == (1, 1, 1)


def test_staff_name_the_kind_of_their_file(staff, point):
    response = send(staff, as_csv([trade_in_row(point)]), kind="owners")
    assert (response.status_code, ImportBatch.objects.count()) == (200, 0)
    assert "errorlist" in response.content.decode()


def test_a_list_of_files_holds_the_shops_own_and_for_staff_everybodys(clerk, staff, point):
    sent(clerk, as_csv([trade_in_row(point)]), name="本店的.csv")
    stranger = logged_in(make_member(MerchantFactory()))
    lists = [c.get(reverse("imports")).content.decode() for c in (clerk, staff, stranger)]
    assert ["本店的.csv" in html for html in lists] == [True, True, False]


def test_the_list_of_files_costs_the_same_for_three_and_for_thirty(clerk, point):
    clerk.get(reverse("imports"))  # the first page of a visit writes the session
    costs = []
    for more in (3, 27):
        for _ in range(more):
            ImportBatch.objects.create(
                kind="trade_ins",
                file_name="x.csv",
                merchant=point.merchant,
                uploaded_by=UserFactory(),
                uploaded_at="2022-06-01T00:00Z",
            )
        with CaptureQueriesContext(connection) as queries:
            clerk.get(reverse("imports"))
        costs.append(len(queries))
    assert costs[0] == costs[1]
