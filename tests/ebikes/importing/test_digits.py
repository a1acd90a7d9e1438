"""Digits lost before the file reached us are never taken for digits: whatever the column, the writer, the check digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from ebikes.importing.digits import KEPT, lost
from tests.ebikes.files import valid_uscc
from tests.ebikes.read import as_text, record, table
from tests.ebikes.workbooks import number, one_sheet

CODES = (
    "淘汰置换单号",
    "证件号码",
    "手机号",
    "商户统一社会信用代码",
    "代办点编号",
    "新车整车编码",
    "发票号码",
    "数字人民币钱包编号",
)


def in_a_cell(value, **cells):
    """A workbook of one record in which these columns hold this number."""
    return one_sheet(table(record(**dict.fromkeys(cells, number(value)))))


@pytest.mark.parametrize("column", CODES)
@pytest.mark.parametrize(
    "value", ["1002003004005678", "24332000000012345678", "1.00200300400568E+15", "2.02206E17"]
)
def test_a_long_number_in_a_number_cell_is_refused_in_every_column_of_codes(reads, column, value):
    row = reads(in_a_cell(value, **{column: ""})).only

    assert "digits_lost" in "".join(row.problems)
    assert column in row.columns or column == "证件号码"


@pytest.mark.parametrize("column", ["车架号", "电机号"])
def test_registers_lose_no_digits_either(reads, column):
    bike = {
        "备案号牌": "杭C000001",
        "备案日期": "2018-06-01",
        "证件号码": "11010519491231002X",
        "车架号": "",
        "电机号": "",
    }

    row = reads(one_sheet(table(bike | {column: number("123456789012345678")})), kind="filed_bikes").only

    assert row.problems == ["digits_lost"]


@pytest.mark.parametrize("column", CODES)
@pytest.mark.parametrize(
    "value",
    ["2.02E+17", "3.3010519900101E+017", "2,43E+19", "1E+15", "２.０２Ｅ＋１７", '="2.02E+17"', "'2.02E+17"],
)
def test_a_power_of_ten_is_what_is_left_of_a_number(reads, column, value):
    cell = f'"{value.replace(chr(34), 2 * chr(34))}"'

    row = reads(as_text(table(record(**{column: cell})))).only

    assert "digits_lost" in "".join(row.problems)


def _ends_in_zeros():
    """A sound ID that looks as if a spreadsheet had rounded it."""
    for year in range(1950, 2000):
        for day in range(1, 29):
            body = f"330105{year}01{day:02}100"
            if mod_11_2.calc_check_digit(body) == "0":
                return f"{body}0"
    raise AssertionError


def test_a_rounded_id_is_refused_though_its_check_digit_is_right(reads_records):
    found = reads_records(record(1, 证件号码=_ends_in_zeros()))

    assert found.only.problems == ["id_digits_lost"]


def test_a_rounded_id_is_refused_where_the_file_lost_other_digits(reads):
    found = reads(
        as_text(
            table(
                record(1, 证件号码=_ends_in_zeros(), 发票号码=""),
                record(2, 发票号码="2.4E+19"),
                record(3, 发票号码=""),
            )
        )
    )

    assert found.rows[0].problems == ["id_digits_lost"]
    assert found.rows[2].problems == []


def test_sound_numbers_keep_all_their_digits(reads_records):
    sound = {
        "发票号码": "24332000000012345678",
        "数字人民币钱包编号": "1002003004005670",
        "淘汰置换单号": "202206100000001000",
    }
    others = {
        "证件号码": "330105198001010172",
        "发票号码": "24332000000012345679",
        "数字人民币钱包编号": "1002003004005671",
        "淘汰置换单号": "202206100000001001",
    }

    rows = reads_records(record(**sound, 证件号码=_ends_in_zeros()), record(**others)).rows

    assert [row.problems for row in rows] == [[], []]
    assert [rows[0].values[key] for key in ("invoice_no", "wallet_no", "record_no")] == list(sound.values())


def test_a_column_of_nothing_but_rounded_numbers_went_through_a_spreadsheet(reads):
    wallets = ("1002003004005670", "1002003004005680", "1002003004011230")

    rows = reads(
        as_text(table(*(record(n, 数字人民币钱包编号=wallet) for n, wallet in enumerate(wallets))))
    ).rows

    assert [row.problems for row in rows] == [["digits_lost"]] * 3


def test_one_lost_number_casts_doubt_on_every_rounded_one_of_the_file(reads):
    """The ID that ends in X stays text in a spreadsheet; the wallet beside it does not."""
    lost_invoice = record(
        1, 发票号码="2.43320000000123E+019", 数字人民币钱包编号="1002003004005678"[:15] + "0"
    )
    beside = record(2, 发票号码="", 数字人民币钱包编号="1002003004011230")

    rows = reads(as_text(table(lost_invoice, beside))).rows

    assert rows[1].problems == ["digits_lost"]
    assert rows[1].columns == ["数字人民币钱包编号"]


def test_fifteen_digits_in_a_number_cell_are_all_there(reads):
    row = reads(in_a_cell("123422212345678", 新车整车编码="")).only

    assert row.problems == []
    assert row.values["vehicle_code"] == "123422212345678"


@given(st.integers(10**KEPT, 10**40) | st.floats(10**KEPT, 1e300))
def test_no_number_of_more_digits_than_a_spreadsheet_keeps_is_taken(number):
    assert lost(number)
    assert lost(-number)


@given(st.from_regex(r"[A-Z]{2}[0-9]{1,15}|[0-9]{1,15}|[0-9]{17}X", fullmatch=True))
def test_codes_that_spreadsheets_leave_alone_are_not_doubted(code):
    assert lost(code) is None
    assert lost(valid_uscc()) is None
