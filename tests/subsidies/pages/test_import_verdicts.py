"""The verdict on every row: on the page, and as files to be corrected and sent again."""

import csv
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from ebikes.importing.tasks import read_upload
from ebikes.models import ImportBatch
from tests.ebikes.files import as_csv, trade_in_row
from tests.subsidies.pages.site import page_of, send, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def mixed(clerk, point):
    """A file with a good row, the same row again, and one with everything wrong."""
    good = trade_in_row(point)
    wrong = trade_in_row(
        point,
        淘汰置换单号="=HYPERLINK(1)",
        证件号码="330105198001010012",
        手机号="+86 12345",
        车主姓名="@王小芳",
    )
    return sent(clerk, as_csv([good, good, wrong]))


def verdict_lines(client, batch, **query):
    """The lines of the preview's table, as (line, verdict)."""
    html = page_of(client, batch, **query)
    return [row.split('">')[1].split("<")[0] for row in html.split("<tbody>")[1].split("<tr>")[1:]]


def test_the_preview_filters_by_verdict(clerk, mixed):
    assert (mixed.rows_accepted, mixed.rows_duplicate, mixed.rows_refused) == (1, 1, 1)
    assert verdict_lines(clerk, mixed) == ["2", "3", "4"]
    for verdict, line in {"accepted": "2", "duplicate": "3", "refused": "4"}.items():
        assert verdict_lines(clerk, mixed, verdict=verdict) == [line]
    assert verdict_lines(clerk, mixed, verdict="no such verdict") == ["2", "3", "4"]
    assert verdict_lines(clerk, mixed, page="99") == ["2", "3", "4"]


def test_the_preview_gives_nobody_away(clerk, mixed):
    html = page_of(clerk, mixed)
    assert "330105198001010012" not in html
    assert "12345" not in html.split("<tbody>")[1]
    assert "王小芳" not in html


def table(response):
    """A download as its rows, read the way a spreadsheet does."""
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_all_verdicts_are_downloaded_without_formulas(clerk, mixed):
    rows = table(clerk.get(reverse("import-verdicts", args=[mixed.pk])))
    assert rows[0] == ["行号", "单号", "结论", "原因"]
    assert [row[2] for row in rows[1:]] == ["接受", "重复", "拒绝"]
    assert rows[3][1] == "'=HYPERLINK(1)"
    assert not formulas(rows)


def formulas(rows):
    return [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_refused_rows_are_downloaded_with_their_own_cells_and_why(clerk, mixed):
    response = clerk.get(reverse("import-verdicts", args=[mixed.pk]), {"refused": ""})
    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    cells = {title.value: cell for title, cell in zip(sheet[1], sheet[2], strict=True)}
    assert response["Content-Disposition"].endswith('.xlsx"')
    assert {cell.number_format for cell in cells.values()} == {"@"}
    assert {cell.data_type for cell in cells.values()} <= {"s", "n", "inlineStr"}
    assert cells["证件号码"].value == "330105198001010012"
    assert (cells["车主姓名"].value, cells["手机号"].value) == ("@王小芳", "+86 12345")
    assert "校验码不符" in cells["原因"].value


def corrected(client, row, **cells):
    """Send a row that is refused, download it, put these cells right and send it again; what is still wrong."""
    first = sent(client, as_csv([row]))
    refused = client.get(reverse("import-verdicts", args=[first.pk]), {"refused": ""})
    book, stream = load_workbook(io.BytesIO(refused.content)), io.BytesIO()
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    for title, cell in cells.items():
        sheet.cell(2, titles.index(title) + 1).value = cell
    book.save(stream)
    send(client, stream.getvalue(), name="refused.xlsx")
    again = ImportBatch.objects.exclude(pk=first.pk).get()
    read_upload(again.pk)
    return again.rows.get().problems


def test_refused_rows_are_corrected_and_sent_again(clerk, point):
    long = {"发票号码": "24332000000012345678", "数字人民币钱包编号": "1002003004005678"}
    wrong = trade_in_row(point, 上牌时间="someday", **long)
    assert corrected(clerk, wrong, 上牌时间="2022-06-10 12:00:00") == []


@pytest.mark.parametrize("cells", [{"手机号": "+86 138 1234 5678"}, {"新车整车编码": "\t123422200000001"}])
def test_a_cell_that_looks_like_a_formula_survives_the_round(clerk, point, cells):
    wrong = trade_in_row(point, 上牌时间="someday", **cells)
    assert corrected(clerk, wrong, 上牌时间="2022-06-10 12:00:00") == []
