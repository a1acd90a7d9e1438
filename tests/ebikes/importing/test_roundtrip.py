"""`make roundtrip`: template and refused rows go through LibreOffice and come back without a value changed."""

import os

import pytest

from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.pipeline import read_file
from ebikes.importing.report import write_refused
from ebikes.importing.template import template_xlsx
from tests.ebikes.read import record, table
from tests.ebikes.roundtrip import OFFICE, filled, saved_by_office
from tests.factories import NOW

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("ROUNDTRIP" not in os.environ, reason="LibreOffice takes its time: make roundtrip"),
]
RECORDS = (
    record(
        1,
        发票号码="24332000000012345678",
        数字人民币钱包编号="1002003004005678",
        淘汰置换单号="202206100000000123",
        注销时间="2022-06-10",
        **{"成交价(元)": "2999.00", "备注": "=1+1"},
    ),
    record(
        2,
        证件号码="330105198001010172",
        车主姓名="阿依·试样",
        手机号="+86 138 1234 5678",
        购买时间="2022/6/10 10:30",
    ),
    record(3, 车主姓名="李䶮", 代办点编号="GS-DB-0001", 备注="'单引号"),
)


def values(reads, content):
    found = reads(content)
    assert found.failure == ""
    assert [row.problems for row in found.rows] == [[]] * len(RECORDS)
    return [{key: str(value) for key, value in row.values.items()} for row in found.rows]


@pytest.fixture(autouse=True)
def office():
    assert OFFICE, "LibreOffice is not installed"


@pytest.mark.parametrize("kind", ["xlsx", "xls", "csv"])
def test_a_template_comes_back_as_it_was_filled_in(reads, kind):
    sent = filled(template_xlsx("trade_ins"), *RECORDS)

    assert values(reads, saved_by_office(sent, kind)) == values(reads, sent)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "csv"])
def test_refused_rows_come_back_as_they_were_sent(reads, tmp_path, kind):
    """All are refused, since nobody knows the merchant; their cells are what comes back."""
    path = tmp_path / "sent.xlsx"
    path.write_bytes(filled(template_xlsx("trade_ins"), *RECORDS))
    batch = read_file(path, kind="trade_ins", by=None, now=NOW, progress=lambda part: None)
    assert batch.rows_refused == len(RECORDS)
    with (tmp_path / "refused.xlsx").open("wb") as out:
        write_refused(batch, out)

    refused = (tmp_path / "refused.xlsx").read_bytes()
    assert values(reads, saved_by_office(refused, kind)) == values(reads, path.read_bytes())


def test_a_csv_that_was_opened_and_saved_is_refused_where_it_lost_digits(reads):
    """What our own file of refused rows did until it became a workbook."""
    rows = [",".join(row) for row in table(RECORDS[0] | {"备注": ""})]

    found = reads(saved_by_office("\n".join(rows).encode("utf-8-sig"), "csv"))

    assert set(found.only.problems) <= {"digits_lost", "id_digits_lost"}
    assert {"淘汰置换单号", "发票号码"} <= set(found.only.columns)


@pytest.mark.parametrize("kind", list(LAYOUTS))
def test_every_template_is_opened_and_saved(reads, kind):
    found = reads(saved_by_office(template_xlsx(kind), "xlsx"), kind=kind)

    assert (found.failure, found.rows) == ("", [])
