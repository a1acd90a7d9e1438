"""The preview of a file accounts for every row: counts that add up, reasons in groups, and where each row has gone."""

import io
import re

import pytest
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.problems import KINDS
from ebikes.importing.reading import Reading, SheetRead, Skipped
from ebikes.importing.refusals import TITLES
from ebikes.importing.tasks import read_upload
from ebikes.models import FiledBike, ImportBatch
from subsidies.models import Claim
from tests.ebikes.files import as_csv, trade_in_row, valid_id
from tests.english import english
from tests.factories import NOW, TradeInFactory, make_claim, make_scheme, make_staff
from tests.subsidies.pages.site import act, logged_in, page_of, send, sent

pytestmark = pytest.mark.django_db


def test_every_row_of_the_file_is_accounted_for(clerk, point):
    good = trade_in_row(point)
    batch = sent(clerk, as_csv([good, good, trade_in_row(point, 上牌时间="昨天")]))
    sheet = SheetRead(
        "", 0, hidden=False, header_line=1, rows=5, read=3, skipped=[Skipped("total", 2, [5, 6])]
    )
    ImportBatch.objects.filter(pk=batch.pk).update(reading=Reading(sheets=[sheet]).as_json())
    html = page_of(clerk, batch)
    assert "文件里有内容的行共 5 行 = 读取 3 行(接受 1、重复 1、拒绝 1) + 跳过 2 行" in html
    assert "2 行是合计、签名或说明，没有读取：第 5、6 行" in html


def test_refusals_stand_in_groups_with_the_first_three_and_all_as_a_file(clerk, point):
    rows = [trade_in_row(point, 上牌时间="昨天") for _ in range(4)] + [trade_in_row(point, 手机号="12345")]
    batch = sent(clerk, as_csv(rows))
    html = page_of(clerk, batch).split("为什么拒绝")[1].split("逐行结论")[0]
    assert re.findall(r"<h3>(.+?) <span.*?>(.+?)</span>", html) == [
        ("时间或日期有误", "共 4 行"),
        ("手机号有误", "共 1 行"),
    ]
    assert [f"第 {line} 行" in html for line in range(2, 7)] == [True, True, True, False, True]
    assert f"{reverse('import-verdicts', args=[batch.pk])}?refused" in html
    one_reason = clerk.get(f"{reverse('import-verdicts', args=[batch.pk])}?refused=phone")
    assert one_reason["Content-Disposition"] == f'attachment; filename="refused-{batch.pk}-phone.xlsx"'
    assert load_workbook(io.BytesIO(one_reason.content)).active.max_row == 2
    everything = page_of(clerk, batch, verdict="refused", reason="date").split("逐行结论")[1]
    assert everything.count("昨天") == 4
    assert page_of(clerk, batch, reason="' OR 1=1").count("<tr>") == page_of(clerk, batch).count("<tr>")


def test_every_reason_for_which_a_row_may_be_refused_has_a_title():
    """What is only noted beside an accepted row refuses nothing."""
    notes = {"amends", "enabled_day", "time_order", "midnight", "bike_twice", "picture", "odd_seconds"}
    assert {code for code, _sentence in KINDS.values()} - notes <= TITLES.keys()


@pytest.mark.parametrize("who", ["clerk", "staff"])
def test_an_accepted_row_leads_to_its_claim(clerk, staff, point, who):
    make_scheme()
    batch = sent(clerk, as_csv([trade_in_row(point), trade_in_row(point, 上牌时间="昨天")]))
    client = {"clerk": clerk, "staff": staff}[who]
    name = {"clerk": "portal-claim", "staff": "admin:subsidies_claim_change"}[who]
    assert "/claim" not in page_of(client, batch).split("逐行结论")[1].split("<tbody>")[1]
    act(clerk, "confirm", batch)
    claim = Claim.objects.get()
    html = page_of(client, batch)
    assert f'<a href="{reverse(name, args=[claim.pk])}">{claim.trade_in.record_no}</a>' in html


def test_the_guide_says_what_spreadsheets_do_to_numbers_with_a_picture(clerk, staff):
    for client in (clerk, staff):
        html = client.get(reverse("import-guide")).content.decode()
        assert "表格软件会改动号码" in html
        assert "<svg" in html
    assert (
        "Spreadsheets change numbers"
        in english(clerk.get("/").wsgi_request.user).get(reverse("import-guide")).content.decode()
    )


def template_of(client):
    return load_workbook(io.BytesIO(client.get(reverse("import-template", args=["trade_ins"])).content))


def sent_back(client, book):
    content = io.BytesIO()
    book.save(content)
    return sent(client, content.getvalue())


def test_a_shops_template_has_its_code_and_numbers_and_what_nobody_filled_in_is_no_row(clerk, point):
    book = template_of(clerk)
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    row = {title: sheet.cell(2, titles.index(title) + 1) for title in titles}
    known = {"商户统一社会信用代码": point.merchant.uscc, "代办点编号": point.point_no}
    assert {title: row[title].value for title in known} == known
    numbers = [sheet.cell(line, 1).value for line in range(2, 202)]
    assert len({*numbers, template_of(clerk).worksheets[0]["A2"].value}) == 201
    for title, value in trade_in_row(point).items():
        if title not in (*known, "淘汰置换单号"):
            row[title].value = value
    batch = sent_back(clerk, book)
    assert (batch.state, batch.rows_accepted, batch.rows_refused) == ("preview", 1, 0)
    assert "跳过 199 行" in page_of(clerk, batch)
    assert batch.rows.get().record_no == numbers[0]


def test_an_untouched_template_has_no_rows(clerk, point):
    assert sent_back(clerk, template_of(clerk)).failure == "文件里只有列名，没有一行数据"


def test_an_english_header_is_understood_and_the_template_says_both(clerk, point):
    reader = english(clerk.get("/").wsgi_request.user)
    titles = [cell.value for cell in template_of(reader).worksheets[0][1]]
    assert titles[:2] == ["淘汰置换单号 (Trade-in record no.)", "备案号牌 (Filing plate)"]
    with translation.override("en"):
        meanings = {column.title: column.meaning for column in LAYOUTS["trade_ins"].columns}
    row = {meanings[title]: value for title, value in trade_in_row(point).items()}
    batch = sent(clerk, as_csv([row]))
    assert (batch.rows_accepted, batch.failure) == (1, "")


# ------------------------------------------------------------------ what takes two people, and what is undone

BIKE = {
    "备案号牌": "杭A000001",
    "备案日期": "2018-06-01",
    "车主姓名": "王小芳",
    "证件号码": "11010519491231002X",
}


def register(client, rows):
    send(client, as_csv(rows), kind="filed_bikes")
    batch = ImportBatch.objects.latest("pk")
    read_upload(batch.pk)
    batch.refresh_from_db()
    return batch


def test_a_claimed_bike_changes_hands_before_two_pairs_of_eyes_and_is_given_back(staff):
    colleague = logged_in(make_staff("officer"))
    act(colleague, "confirm", register(staff, [BIKE]))
    bike = FiledBike.objects.get()
    claim = make_claim(
        make_scheme(), trade_in=TradeInFactory(filing_plate_no=bike.filing_plate_no, received_at=NOW)
    )
    batch = register(staff, [BIKE | {"证件号码": valid_id(), "车主姓名": "李雷"}])
    html = page_of(staff, batch)
    for text in ("换了车主的备案车辆", claim.trade_in.record_no, "须由上传人以外的人确认", "王**", "李*"):
        assert text in html
    assert reverse("import-confirm", args=[batch.pk]) not in html
    assert "须由上传人以外的人确认" in act(staff, "confirm", batch)
    assert (batch.state, FiledBike.objects.get().owner) == ("preview", bike.owner)
    assert "其中已有申请的" in colleague.get(reverse("import-confirm", args=[batch.pk])).content.decode()
    act(colleague, "confirm", batch)
    assert (batch.state, FiledBike.objects.get().owner.name) == ("confirmed", "李雷")

    back = reverse("import-take-back", args=[batch.pk])
    assert back in page_of(staff, batch)
    assert "须由确认人以外的人撤回" in colleague.post(back, {"confirmed": "1"}, follow=True).content.decode()
    assert "已撤回：登记恢复" in staff.post(back, {"confirmed": "1"}, follow=True).content.decode()
    assert FiledBike.objects.get().owner == bike.owner
    assert back not in page_of(staff, batch)


def test_what_changed_since_it_was_looked_at_is_asked_again(staff):
    """The bike had no claim when the colleague looked, and has one when she says yes."""
    colleague = logged_in(make_staff("officer"))
    act(colleague, "confirm", register(staff, [BIKE]))
    batch = register(staff, [BIKE | {"证件号码": valid_id(), "车主姓名": "李雷"}])
    address = reverse("import-confirm", args=[batch.pk])
    seen = re.search(r'name="seen" value="([^"]*)"', colleague.get(address).content.decode()).group(1)
    make_claim(make_scheme(), trade_in=TradeInFactory(filing_plate_no=BIKE["备案号牌"], received_at=NOW))
    page = colleague.post(address, {"confirmed": "1", "seen": seen}, follow=True).content.decode()
    assert "您查看之后情况有了变化" in page
    batch.refresh_from_db()
    assert batch.state == "preview"
    act(colleague, "confirm", batch)
    assert batch.state == "confirmed"


def test_what_records_stand_on_is_not_undone(staff):
    batch = register(staff, [BIKE])
    act(logged_in(make_staff("officer")), "confirm", batch)
    TradeInFactory(filing_plate_no=BIKE["备案号牌"])
    back = reverse("import-take-back", args=[batch.pk])
    assert "已有置换记录依据这个文件办理" in staff.get(back).content.decode()
    staff.post(back, {"confirmed": "1"})
    assert FiledBike.objects.exists()
