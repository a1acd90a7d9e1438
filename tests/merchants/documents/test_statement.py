"""The monthly statement, on paper and as a workbook."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from openpyxl import load_workbook

from merchants.documents.statement import Statement, StatementLine, statement_pdf, statement_xlsx
from tests.merchants.documents.reading import misplaced, pages, reader, size, words

COMPLETED = datetime(2022, 6, 30, 15, 59, 59, tzinfo=UTC)
LINE = StatementLine(
    record_no="GS20220630000001",
    owner="张**",
    filing_plate_no="杭州0012345",
    completed_at=COMPLETED,
    stage_no=1,
    amount_fen=30000,
    state="已发放",
    settled_at=COMPLETED + timedelta(hours=1),
    paid_at=COMPLETED + timedelta(days=3),
)
WAITING = replace(LINE, record_no="GS20220630000002", amount_fen=20000, state="公示中", paid_at=None)
ASKED = replace(
    LINE, record_no="GS20220630000003", stage_no=None, state="核验中", settled_at=None, paid_at=None
)
STATEMENT = Statement(
    "杭州拱墅区和睦电动车行", "91330105MA2ABCDE1X", date(2022, 6, 1), (LINE, WAITING, ASKED)
)
HOSTILE = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\n=1+1", " =1+1", '=HYPERLINK("http://example.org")']


def with_lines(*lines):
    return replace(STATEMENT, lines=tuple(lines))


def many(count):
    return with_lines(*(replace(LINE, record_no=f"GS{number:014d}") for number in range(1, count + 1)))


def table(statement):
    """The rows of the workbook, and its sheet."""
    sheet = load_workbook(io.BytesIO(statement_xlsx(statement))).worksheets[0]
    return list(sheet.iter_rows(values_only=True)), sheet


# ------------------------------------------------------------------ on paper


def test_every_line_is_printed_with_its_times_and_money():
    text = words(statement_pdf(STATEMENT))
    assert "2022年6月" in text
    assert "杭州拱墅区和睦电动车行统一社会信用代码：91330105MA2ABCDE1X" in text
    first = (
        "GS20220630000001张**杭州00123452022-06-3023:59:591300.00已发放2022-07-0100:59:592022-07-0323:59:59"
    )
    assert first in text
    assert "GS20220630000003张**杭州00123452022-06-3023:59:59–300.00核验中––" in text


def test_the_sums_count_what_was_set_aside_and_what_was_paid():
    text = words(statement_pdf(STATEMENT))
    assert "已锁定补贴合计（2笔）500.00" in text
    assert "已发放补贴合计（1笔）300.00" in text


def test_money_has_thousands_separators_and_two_decimals():
    big = replace(LINE, amount_fen=123456789)
    text = words(statement_pdf(with_lines(big, big)))
    assert "1,234,567.89" in text
    assert "已发放补贴合计（2笔）2,469,135.78" in text


def test_a_month_without_lines_is_printed_and_says_so():
    (page,) = pages(statement_pdf(with_lines()))
    assert "本月没有记录。" in page
    assert "已锁定补贴合计（0笔）0.00已发放补贴合计（0笔）0.00" in page
    assert "第1页，共1页" in page


def test_every_page_has_the_header_and_its_number():
    printed = pages(statement_pdf(many(100)))
    assert len(printed) == 4
    for number, page in enumerate(printed, 1):
        assert "单号车主备案号牌全流程完成时间阶段金额（元）状态锁定时间发放时间" in page
        assert f"第{number}页，共4页" in page
    assert ["已发放补贴合计（100笔）30,000.00" in page for page in printed] == [False, False, False, True]


def test_every_line_is_printed_once():
    text = words(statement_pdf(many(100)))
    assert [text.count(line.record_no) for line in many(100).lines] == [1] * 100


@pytest.mark.parametrize("count", range(24, 30))
def test_the_sums_never_run_off_a_full_page(count):
    pdf = statement_pdf(many(count))
    assert not misplaced(pdf)
    assert f"已发放补贴合计（{count}笔）" in pages(pdf)[-1]


def test_five_thousand_lines_are_printed():
    found = reader(statement_pdf(many(5000))).pages
    assert len(found) == 193
    last = "".join(found[-1].extract_text().split())
    assert "GS00000000005000" in last
    assert "已发放补贴合计（5,000笔）1,500,000.00" in last
    assert "第193页，共193页" in last


@pytest.mark.parametrize(
    "name", ["杭" * 300, "W" * 300, "<b>&" * 80, "<para>", "&#0;", "甲\x00乙\u202e丙\n丁"]
)
def test_hostile_names_neither_overlap_nor_run_off(name):
    hostile = replace(LINE, record_no=name, owner=name, filing_plate_no=name, state=name)
    pdf = statement_pdf(replace(with_lines(LINE, hostile, LINE, hostile), merchant_name=name, uscc=name))
    assert not misplaced(pdf)


def test_markup_is_printed_as_it_stands():
    text = words(
        statement_pdf(replace(with_lines(replace(LINE, owner="<b>&*")), merchant_name="<i>甲&amp；乙"))
    )
    assert "<b>&*" in text
    assert "<i>甲&amp；乙" in text


def test_the_statement_is_on_a4_across():
    assert size(statement_pdf(STATEMENT)) == (297, 210)


def test_the_same_statement_gives_the_same_bytes():
    assert statement_pdf(STATEMENT) == statement_pdf(STATEMENT)


def test_the_month_follows_the_language():
    with translation.override("en"):
        assert "June2022" in words(statement_pdf(STATEMENT))


@pytest.mark.parametrize("write", [statement_pdf, statement_xlsx])
@pytest.mark.parametrize("field", ["completed_at", "settled_at", "paid_at"])
def test_a_time_without_a_zone_is_refused(write, field):
    with pytest.raises(ValueError, match="naive"):
        write(with_lines(replace(LINE, **{field: datetime(2022, 6, 1)})))  # noqa: DTZ001


# ------------------------------------------------------------------ as a workbook


def test_the_workbook_holds_real_times_and_numbers():
    rows, sheet = table(STATEMENT)
    assert rows[3] == (
        *("GS20220630000001", "张**", "杭州0012345", datetime(2022, 6, 30, 23, 59, 59), 1, 300, "已发放"),  # noqa: DTZ001
        *(datetime(2022, 7, 1, 0, 59, 59), datetime(2022, 7, 3, 23, 59, 59)),  # noqa: DTZ001
    )
    assert rows[5][4:] == (None, 300, "核验中", None, None)
    assert sheet["F4"].number_format == "#,##0.00"
    assert sheet["D4"].number_format == sheet["I4"].number_format == "yyyy-mm-dd hh:mm:ss"


def test_the_workbook_says_whose_it_is_and_of_which_month():
    rows, _sheet = table(STATEMENT)
    assert (rows[0][-1], rows[1][0]) == (None, "杭州拱墅区和睦电动车行")
    assert "2022年6月" in rows[0]
    assert "统一社会信用代码：91330105MA2ABCDE1X" in rows[1]


def test_the_workbook_ends_with_the_sums():
    rows, sheet = table(STATEMENT)
    assert [(row[0], row[1], row[5]) for row in rows[-2:]] == [
        ("已锁定补贴合计", 2, 500),
        ("已发放补贴合计", 1, 300),
    ]
    assert sheet.cell(len(rows), 6).number_format == "#,##0.00"


def test_fen_are_not_lost_in_the_workbook():
    rows, _sheet = table(with_lines(replace(LINE, amount_fen=1), replace(LINE, amount_fen=-123456789)))
    assert [row[5] for row in rows[3:5]] == [0.01, -1234567.89]


def test_the_header_stays_in_sight():
    rows, sheet = table(STATEMENT)
    assert sheet.freeze_panes == "A4"
    assert rows[2][:3] == ("单号", "车主", "备案号牌")


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_the_workbook_is_a_formula(text):
    line = replace(LINE, record_no=text, owner=text, filing_plate_no=text, state=text)
    rows, sheet = table(Statement(text, text, date(2022, 6, 1), (line,)))
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    said = [cell for row in rows for cell in row if isinstance(cell, str)]
    assert not [cell for cell in said if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert said.count(f"'{text.strip()}") == 5


def test_control_characters_do_not_break_the_workbook():
    rows, _sheet = table(with_lines(replace(LINE, owner="张\x00\x1b\ud800**", record_no="长" * 40_000)))
    assert rows[3][1] == "张**"


def test_a_month_without_lines_makes_a_workbook_that_says_so():
    rows, _sheet = table(with_lines())
    assert rows[3][0] == "本月没有记录。"
    assert [(row[1], row[5]) for row in rows[-2:]] == [(0, 0), (0, 0)]


def test_a_workbook_of_many_lines_has_them_all():
    rows, _sheet = table(many(1000))
    assert [row[0] for row in rows[3:-2]] == [line.record_no for line in many(1000).lines]
    assert rows[-1][1:6] == (1000, None, None, None, 300_000)
