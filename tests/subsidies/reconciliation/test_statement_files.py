"""A statement as a file: columns told once, read whole or not at all, taken in by a second person."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from core.shanghai import today
from ebikes.importing.problems import UnreadableFile
from subsidies.models import Difference, StatementEntry, StatementReading
from subsidies.reconciliation.services.statement_files import (
    Days,
    Decided,
    OutsideDays,
    SamePerson,
    decide_file,
    keep_file,
    propose_file,
    tell_layout,
)
from subsidies.reconciliation.statement_file import read_lines, read_sheet
from tests.console import refused, update
from tests.ebikes.workbooks import one_sheet
from tests.factories import NOW
from tests.subsidies.outside import tomorrow

pytestmark = pytest.mark.django_db

HEAD = "商户流水,付款金额,完成时间,状态,收款账户,备注"
COLUMNS = {
    "number": "商户流水",
    "amount": "付款金额",
    "paid_at": "完成时间",
    "state": "状态",
    "payee": "收款账户",
}
WORDS = {"交易成功": "paid", "已退票": "returned", "失败": "not_paid"}


def sent(*rows, by, head=HEAD):
    content = "\n".join(["数字人民币对账单", head, *rows]).encode()
    return keep_file(name="9月.csv", content=content, by=by, now=NOW)


def told(file, by, **changes):
    kept = {"columns": COLUMNS, "words": WORDS, "in_fen": False} | changes
    return tell_layout(fingerprint=read_sheet(file).fingerprint, by=by, now=NOW, **kept)


def rows_of(batch):
    return [row_of(each) for each in batch.lines.order_by("pk")]


def row_of(line):
    payee = (line.payee_wallet or line.payee_phone)[-4:]
    return f"{line.request_no},{line.amount_fen / 100:.2f},{today()} 00:00:01,交易成功,****{payee},"


@pytest.fixture
def file(paid, anna):
    """What the operator's portal hands out for today."""
    return sent(*rows_of(paid), by=anna)


@pytest.fixture
def proposed(file, anna):
    layout = told(file, anna)
    lines = read_lines(read_sheet(file), layout)
    reading = propose_file(
        file=file, layout=layout, lines=lines, days=Days(today(), today()), by=anna, now=tomorrow()
    )
    return reading, lines


def test_taken_in_by_another_person_it_is_matched_as_if_it_had_been_read_by_the_adapter(proposed, bo):
    reading, lines = proposed
    assert not StatementEntry.objects.exists()
    decide_file(reading=reading, lines=lines, accept=True, by=bo, now=tomorrow())
    assert StatementEntry.objects.count() == 2
    assert not Difference.objects.exists()


def test_whoever_brought_it_does_not_take_it_in(proposed, anna):
    reading, lines = proposed
    with pytest.raises(SamePerson):
        decide_file(reading=reading, lines=lines, accept=True, by=anna, now=tomorrow())
    change = f"state = 'taken', decided_by_id = {anna.pk}, decided_at = now()"
    assert refused(update(reading, change), because="a_statement_file_has_two_people")
    with pytest.raises(SamePerson):
        decide_file(reading=reading, lines=lines, accept=False, by=anna, now=tomorrow())


def test_it_is_decided_once_and_a_declined_one_can_be_proposed_again(proposed, file, anna, bo):
    reading, lines = proposed
    again = {
        "file": file,
        "layout": reading.layout,
        "lines": lines,
        "days": Days(today(), today()),
        "by": anna,
    }
    with pytest.raises(Decided):
        propose_file(**again, now=tomorrow())
    decide_file(reading=reading, lines=lines, accept=False, by=bo, now=tomorrow())
    with pytest.raises(Decided):
        decide_file(reading=reading, lines=lines, accept=True, by=bo, now=tomorrow())
    assert propose_file(**again, now=tomorrow()).state == "proposed"


def test_it_is_taken_in_only_as_it_was_read_when_it_was_proposed(proposed, bo):
    reading, lines = proposed
    with pytest.raises(Decided):
        decide_file(reading=reading, lines=lines[:1], accept=True, by=bo, now=tomorrow())


@pytest.mark.parametrize("ago", [(0, 0), (2, 1)])
def test_its_days_are_over_and_hold_every_payment(file, anna, ago):
    first, last = (today() - timedelta(days=each) for each in ago)
    layout = told(file, anna)
    lines = read_lines(read_sheet(file), layout)
    with pytest.raises(OutsideDays):
        propose_file(
            file=file, layout=layout, lines=lines, days=Days(first, last), by=anna, now=timezone.now()
        )


def test_what_was_said_of_it_is_kept(proposed, bo):
    reading, lines = proposed
    decide_file(reading=reading, lines=lines, accept=False, by=bo, now=tomorrow(), note="日期不全")
    reading.refresh_from_db()
    assert reading.note == "日期不全"


def test_samples_of_a_column_tell_nobody_s_phone_or_name(anna):
    file = sent(
        "A1,300,2022-09-20,交易成功,13916756604,韩诗", by=anna, head="流水,金额,时间,状态,手机,收款人"
    )
    sheet = read_sheet(file)
    assert sheet.samples("手机") == ["139…04"]
    assert "韩诗" not in sheet.samples("收款人")
    assert sheet.samples("状态") == ["交易成功"]


def test_the_same_file_is_kept_once_and_sealed(file, paid, anna, bo):
    assert sent(*rows_of(paid), by=bo) == file
    assert base64.b64decode(file.content).startswith("数字人民币对账单".encode())
    assert refused(update(file, "file_name = ''"), because="never|only|history|refused")
    assert StatementReading.objects.count() == 0


def read(anna, *rows, **changes):
    file = sent(*rows, by=anna)
    return read_lines(read_sheet(file), told(file, anna, **changes))


def test_returns_failures_and_amounts_below_zero_are_what_they_are(anna):
    lines = read(
        anna,
        'A1,"1,300.00",2022-09-20 10:00:00,交易成功,****1234,',
        "A2,-300,2022/9/20 10:00,交易成功,****1234,",
        "A3,300,2022-09-20,已退票,,",
        "A4,300,2022-09-20 10:00:00,失败,,",
    )
    assert [(line.number, line.amount_fen, line.paid) for line in lines] == [
        ("A1", 130_000, True),
        ("A2", 30_000, False),
        ("A3", 30_000, False),
    ]


def test_amounts_may_be_in_fen(anna):
    (line,) = read(anna, "A1,30000,2022-09-20 10:00:00,交易成功,,", in_fen=True)
    assert line.amount_fen == 30_000


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("A1,300,2022-09-20,处理中,,", "第 3 行：状态“处理中”没有对应"),
        ("A1,dreihundert,2022-09-20,交易成功,,", "第 3 行：.*dreihundert"),
        ("A1,0,2022-09-20,交易成功,,", "第 3 行：金额"),
        ("A1,300.001,2022-09-20,交易成功,,", "第 3 行"),
        ("A1,300,gestern,交易成功,,", "第 3 行：.*gestern"),
        ("A1,300,2099-09-20,交易成功,,", "第 3 行"),
        (",300,2022-09-20,交易成功,,", "第 3 行"),
    ],
)
def test_a_line_that_is_not_understood_makes_the_whole_file_unread(anna, row, why):
    with pytest.raises(UnreadableFile, match=why):
        read(anna, row, "A2,300,2022-09-20,交易成功,,")


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"a,b\n1,2", b"\xff\xfe\x00"])
def test_what_is_no_statement_is_told_so(anna, content):
    file = keep_file(name="x.csv", content=content, by=anna, now=NOW)
    with pytest.raises(UnreadableFile):
        read_sheet(file)


def test_a_column_that_nobody_sees_in_the_spreadsheet_is_shown_first(anna):
    columns = '<cols><col min="2" max="2" hidden="1"/></cols>'
    content = one_sheet([["请求号", "金额", "付款时间"], ["A1", "300", "2022-09-20"]], columns=columns)
    file = keep_file(name="x.xlsx", content=content, by=anna, now=NOW)
    with pytest.raises(UnreadableFile, match="“金额”一列被隐藏"):
        read_sheet(file)
