"""Sending a file in: from the form to live records, and the refused rows back."""

import csv
import io
from pathlib import Path

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import expect

from ebikes.models import ImportBatch, TradeIn
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import NOW, AgentPointFactory, MerchantFactory, make_member, make_scheme, make_staff


@pytest.fixture
def point():
    make_scheme()
    return AgentPointFactory(merchant=MerchantFactory(name="湖墅车行", uscc=valid_uscc()))


@pytest.fixture
def clerk(point):
    return make_member(point.merchant)


@pytest.fixture
def rows(point):
    """A good row, the same again, and one that nobody could mean."""
    good = trade_in_row(point)
    return [good, good, trade_in_row(point, 证件号码="330105198001010000", 上牌时间="昨天")]


def send(page, tab_to, content, *, name="六月的淘汰置换记录.csv"):
    """Choose a file and send it, with the keyboard alone; what the file says is then on the page."""
    with page.expect_file_chooser() as chooser:  # from early on: the browser is a while in taking note
        page.goto(reverse("imports"))
        tab_to(page.get_by_label("文件(XLSX、XLS 或 CSV)"))
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": content})
    press(page, tab_to, "上传")


def press(page, tab_to, name):
    """Go to a button and press it; the page that follows."""
    tab_to(page.get_by_role("button", name=name))
    with page.expect_navigation():
        page.keyboard.press("Enter")


def downloaded(page, tab_to, name):
    """Follow a link to a file; its rows, as a spreadsheet opens them."""
    tab_to(page.get_by_role("link", name=name))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    content = Path(download.value.path()).read_bytes()
    if download.value.suggested_filename.endswith(".xlsx"):
        titles, *lines = load_workbook(io.BytesIO(content)).worksheets[0].values
        return [dict(zip(titles, line, strict=True)) for line in lines]
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_file_with_errors_goes_in_and_its_refused_rows_come_back(
    page, enter, accessible, tab_to, clerk, rows
):
    enter(page, clerk)
    page.goto(reverse("imports"))
    accessible(page)

    send(page, tab_to, as_csv(rows))
    assert "这是预览" in page.inner_text("main")
    accessible(page)

    press(page, tab_to, "确认导入")
    assert "已确认导入" in page.get_by_role("status").inner_text()
    assert TradeIn.objects.count() == 1
    accessible(page)

    (refused,) = downloaded(page, tab_to, "下载被拒的行")
    assert refused["证件号码"] == "330105198001010000"
    assert "昨天" in refused["原因"]
    assert [row["结论"] for row in downloaded(page, tab_to, "下载全部结论")] == ["接受", "重复", "拒绝"]

    page.goto(reverse("imports"))
    expect(page.get_by_role("table").get_by_text("已确认")).to_be_visible()
    accessible(page)


def test_only_the_refused_rows_are_shown_to_whoever_asks_for_them(page, enter, tab_to, clerk, rows):
    enter(page, clerk)
    send(page, tab_to, as_csv(rows))
    tab_to(page.get_by_label("结论"))
    page.keyboard.press("End")
    press(page, tab_to, "筛选")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_column_that_nobody_reads_is_explained_once(page, enter, accessible, tab_to, clerk, point):
    row = trade_in_row(point) | {"钱包号": "1002003004005678", "导购": "小陈"}
    enter(page, clerk)
    page.goto(reverse("import-guide"))
    accessible(page)
    send(page, tab_to, as_csv([row]))
    accessible(page)
    tab_to(page.get_by_role("link", name="说明这些列…"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_label("“钱包号”是").input_value() == "wallet_no"
    assert "1002003004005678" not in page.content()
    accessible(page)
    press(page, tab_to, "记住，并重新读取")
    assert "“钱包号” → 数字人民币钱包编号" in page.get_by_role("region", name="文件里有什么").inner_text()
    accessible(page)
    press(page, tab_to, "确认导入")
    assert TradeIn.objects.get().wallet_no == "1002003004005678"


def test_a_preview_is_dropped_with_the_keyboard_alone(page, enter, accessible, tab_to, clerk, rows):
    enter(page, clerk)
    send(page, tab_to, as_csv(rows))
    press(page, tab_to, "撤销")
    assert "没有任何记录被导入" in page.get_by_role("status").inner_text()
    assert not TradeIn.objects.exists()
    accessible(page)


def test_a_file_that_is_no_table_fails_in_words_that_everybody_gets(page, enter, accessible, tab_to, clerk):
    enter(page, clerk)
    send(page, tab_to, b"%PDF-1.7", name="很长很长很长的名字" * 12 + ".pdf")
    assert "这不是表格文件" in page.get_by_role("alert").inner_text()
    accessible(page)
    page.goto(reverse("imports"))
    accessible(page)


def test_a_file_that_is_being_read_shows_how_far_it_is_and_then_what_came_of_it(
    page, enter, accessible, clerk, point
):
    batch = ImportBatch.objects.create(
        kind="trade_ins", state="reading", file_name="6月.csv", uploaded_at=NOW, merchant=point.merchant
    )
    enter(page, clerk)
    page.clock.install()
    page.goto(reverse("import", args=[batch.pk]))
    accessible(page)
    progress = page.get_by_role("progressbar")
    ImportBatch.objects.update(progress=0.4)
    page.clock.run_for(2000)
    expect(progress).to_have_js_property("value", 0.4)
    ImportBatch.objects.update(state="preview")
    page.clock.run_for(2000)
    page.get_by_text("这是预览").wait_for()
    expect(progress).to_have_count(0)


def test_staff_choose_what_their_file_holds(page, enter, accessible):
    enter(page, make_staff("officer"))
    page.goto(reverse("imports"))
    expect(page.get_by_label("内容").locator("option")).to_have_count(4)
    accessible(page)
