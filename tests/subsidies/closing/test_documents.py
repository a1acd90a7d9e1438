"""Vouchers and requests as PDF and XLSX: what they say, in whose layout, and that they stay as they were given out."""

from datetime import date
from io import BytesIO

import pytest
from django.utils import translation
from openpyxl import load_workbook

from core.audit.retention import forget_entries
from core.exports.write import remove_expired
from subsidies.closing.selectors.in_force import in_force
from subsidies.closing.services.close import close_month
from subsidies.closing.services.documents import NotClosed, request_document, vouchers_of
from subsidies.closing.services.requests import NotClosed as MonthNotClosed
from subsidies.closing.services.requests import NothingToAsk, request_for_batches, request_for_month
from subsidies.closing.services.rules import (
    AlreadyOpen,
    Decided,
    OwnProposal,
    Unchanged,
    decide_rule,
    propose_rule,
)
from subsidies.closing.shipped import VOUCHER
from subsidies.models import KeptDocument, PayoutLine
from subsidies.payouts.services.returns import record_returned
from tests.console import refused, update
from tests.factories import NOW, local
from tests.merchants.documents.reading import pages
from tests.subsidies.closing.conftest import FIRST_OF_NOVEMBER, FIRST_OF_OCTOBER, OCTOBER, SEPTEMBER

# ------------------------------------------------------------------ two people


@pytest.mark.django_db
def test_a_layout_is_in_force_when_another_person_has_approved_it(closer, confirmer):
    content = {**VOUCHER.as_json(), "title": "通用记账凭证"}
    rule = propose_rule(subject="voucher", content=content, by=closer, now=NOW, note="区财政局样式")
    assert in_force("voucher").version == 0
    with pytest.raises(OwnProposal):
        decide_rule(rule=rule, approve=True, by=closer, now=NOW)
    with pytest.raises(AlreadyOpen):
        propose_rule(subject="voucher", content=content, by=confirmer, now=NOW, note="x")
    decide_rule(rule=rule, approve=True, by=confirmer, now=NOW)
    assert (in_force("voucher").version, in_force("voucher").content["title"]) == (1, "通用记账凭证")
    with pytest.raises(Decided):
        decide_rule(rule=rule, approve=False, by=confirmer, now=NOW)
    with pytest.raises(Unchanged):
        propose_rule(subject="voucher", content=content, by=closer, now=NOW, note="x")


@pytest.mark.django_db
def test_the_database_wants_two_people_and_leaves_versions_alone(closer, confirmer):
    rule = propose_rule(subject="voucher", content=VOUCHER.as_json(), by=closer, now=NOW, note="x")
    alone = f"state = 'approved', decided_by_id = {closer.pk}, decided_at = now()"
    assert refused(update(rule, alone), because="a_closing_rule_has_two_people")
    assert refused(update(rule, "content = '{}'"), because="decided once and never changed")
    decide_rule(rule=rule, approve=True, by=confirmer, now=NOW)
    assert refused(update(rule, "state = 'declined'"), because="decided once and never changed")
    assert refused("DELETE FROM subsidies_closingrule", because="refused")


# ------------------------------------------------------------------ given out

in_the_database = pytest.mark.django_db


@in_the_database
def test_the_vouchers_as_pdf(pay, close):
    pay()
    found = pages(bytes(vouchers_of(period=close(), file_format="pdf", now=FIRST_OF_OCTOBER).content))
    assert len(found) == 5  # three vouchers, the month's summary, what was open
    paid = found[2]
    for told in ("记账凭证", "2022年9月20日", "记-3", "附单据1张", "发放电动自行车淘汰置换补贴2笔", "应付政府补贴款",
                 "500.00", "伍佰元整", "制单：closer", "复核：confirmer", "会计主管："):  # fmt: skip
        assert told in paid, told
    assert "月末汇总表" in found[3]
    assert "没有未了事项" in found[4]


@in_the_database
def test_the_vouchers_as_xlsx(pay, close):
    pay()
    kept = vouchers_of(period=close(), file_format="xlsx", now=FIRST_OF_OCTOBER)
    book = load_workbook(BytesIO(bytes(kept.content)))
    assert book.sheetnames == ["记账凭证", "月末汇总表", "关账时未了事项"]
    cells = {cell.value for row in book["记账凭证"].iter_rows() for cell in row}
    assert {"2303", "1011", 500, "财务会计合计：伍佰元整"} <= cells
    assert any("制单：closer" in str(cell) for cell in cells)
    assert not any(str(cell).startswith("=") for cell in cells)


@in_the_database
def test_what_was_open_is_in_the_file(scheme, batch, close):
    found = pages(bytes(vouchers_of(period=close(), file_format="pdf", now=FIRST_OF_OCTOBER).content))
    assert "未完成的发放批次" in found[-1]
    assert "500.00" in found[-1]


@in_the_database
@pytest.mark.parametrize("file_format", ["pdf", "xlsx"])
def test_the_same_month_gives_the_same_file_whatever_was_changed_since(close, closer, confirmer, file_format):
    """Its layout and its names are of its time; what is pruned by age is something else."""
    period = close()
    first = bytes(vouchers_of(period=period, file_format=file_format, now=FIRST_OF_OCTOBER).content)
    rule = propose_rule(
        subject="voucher", content={**VOUCHER.as_json(), "title": "别样"}, by=closer, now=NOW, note="x"
    )
    decide_rule(rule=rule, approve=True, by=confirmer, now=NOW)
    closer.full_name = "改了名"
    closer.save()
    forget_entries()
    remove_expired(now=local("2060-01-01 00:00:00"))
    with translation.override("en"):
        again = vouchers_of(period=period, file_format=file_format, now=FIRST_OF_NOVEMBER)
    assert bytes(again.content) == first
    assert KeptDocument.objects.count() == 1


@in_the_database
def test_an_unconfirmed_month_gives_nothing_out(scheme, closer):
    period = close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    with pytest.raises(NotClosed):
        vouchers_of(period=period, file_format="pdf", now=FIRST_OF_OCTOBER)
    row = """
        INSERT INTO subsidies_keptdocument (period_id, what, file_format, content, sha256, made_at)
        VALUES (%s, 'vouchers', 'pdf', 'x', encode(sha256('x'), 'hex'), now())
    """
    assert refused(row, period.pk, because="only a closed month gives out")


@in_the_database
def test_what_was_given_out_is_neither_changed_nor_deleted(close):
    kept = vouchers_of(period=close(), file_format="pdf", now=FIRST_OF_OCTOBER)
    assert refused(update(kept, "content = 'x'"), because="refused")
    assert refused(f"DELETE FROM subsidies_keptdocument WHERE id = {kept.pk}", because="kept until")


# ------------------------------------------------------------------ requests for money


@in_the_database
def test_a_request_for_a_closed_month_comes_to_what_it_paid(pay, close, closer, batch):
    pay()
    period = close()
    made = request_for_month(period=period, purpose="发放补贴", by=closer, now=FIRST_OF_OCTOBER)
    assert (made.rows, made.amount_fen) == (2, period.sums["pay"]["fen"])
    assert [(line["batch"], line["rows"], line["fen"]) for line in made.lines] == [(str(batch), 2, 50_000)]
    assert made.number == f"{period.scheme.code}-2022-001"


@in_the_database
def test_what_was_paid_and_came_back_counts_in_the_month_that_paid_it(scheme, pay, close, closer, batch):
    """By the ledger's rows, however often a claim was paid: the request of a month is the month's."""
    pay()
    line = batch.lines.order_by("pk").first()
    record_returned(numbers=[line.request_no], now=FIRST_OF_OCTOBER)
    assert PayoutLine.objects.get(pk=line.pk).state == "returned"
    made = request_for_month(period=close(), purpose="x", by=closer, now=FIRST_OF_OCTOBER)
    assert made.amount_fen == 50_000
    october = close(OCTOBER, FIRST_OF_NOVEMBER)
    assert set(october.sums) == {"return", "reserve"}
    with pytest.raises(NothingToAsk):
        request_for_month(period=october, purpose="x", by=closer, now=FIRST_OF_NOVEMBER)


@in_the_database
def test_an_open_month_is_not_asked_for(scheme, closer):
    period = close_month(scheme=scheme, month=SEPTEMBER, by=closer, now=FIRST_OF_OCTOBER)
    with pytest.raises(MonthNotClosed):
        request_for_month(period=period, purpose="x", by=closer, now=FIRST_OF_OCTOBER)


@in_the_database
def test_a_request_for_batches_asks_for_what_they_pay(batch, closer):
    made = request_for_batches(
        scheme=batch.scheme, batches=[batch.pk], purpose="发放补贴", by=closer, now=NOW
    )
    assert (made.rows, made.amount_fen) == (2, 50_000)
    with pytest.raises(NothingToAsk):
        request_for_batches(scheme=batch.scheme, batches=[], purpose="x", by=closer, now=NOW)
    (page,) = pages(bytes(request_document(request=made, file_format="pdf", now=NOW).content))
    for told in (
        made.number,
        "伍佰元整",
        "人民币500.00元",
        "单位公章：",
        "经办：closer",
        "负责人：",
        str(date(2022, 9, 20)),
    ):
        assert told in page, told
    book = load_workbook(BytesIO(bytes(request_document(request=made, file_format="xlsx", now=NOW).content)))
    assert "大写金额：伍佰元整" in {cell.value for row in book.active.iter_rows() for cell in row}


@in_the_database
def test_a_request_is_never_changed_and_adds_up(batch, closer):
    made = request_for_batches(scheme=batch.scheme, batches=[batch.pk], purpose="x", by=closer, now=NOW)
    assert refused(update(made, "amount_fen = 1"), because="refused")
    assert refused("DELETE FROM subsidies_paymentrequest", because="kept until 2053-01-01")
    copy = """
        INSERT INTO subsidies_paymentrequest
            (scheme_id, number, purpose, lines, rows, amount_fen, layout, keep_until, made_by_id, made_at)
        SELECT scheme_id, 'x', purpose, lines, rows, amount_fen + 1, layout, keep_until, made_by_id, made_at
        FROM subsidies_paymentrequest
    """
    assert refused(copy, because="add up to what it asks for")
