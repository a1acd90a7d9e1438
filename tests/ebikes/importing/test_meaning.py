"""What a cell means stays what it means: a day, a time, an amount, an error, a picture, nothing at all."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebikes.importing.fields import price_fen
from ebikes.importing.form import odd_fields, wrong_fields
from ebikes.importing.moments import parse_moment
from ebikes.importing.number_formats import Shows, shows
from ebikes.importing.problems import Problem
from tests.ebikes.read import as_text, record, table
from tests.ebikes.workbooks import number, one_sheet, raw, text

NOON, DAY = 44722.5, 44722  # 2022-06-10
END = datetime(2022, 6, 10, 15, 59, 59, tzinfo=UTC)


def plated(reads, cell, **book):
    """When a workbook says that a bike was plated: by Hangzhou's clock, or only the day."""
    row = reads(one_sheet(table(record(上牌时间=cell)), **book)).only
    assert row.problems == []
    at = row.values["plated_at"] + timedelta(hours=8)
    return str(at.date()) if row.values["day_only"] else f"{at:%Y-%m-%d %H:%M:%S}"


DAYS = (*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58)
CLOCKS = (22, *range(32, 36), 55, 56)


@pytest.mark.parametrize("built_in", [*DAYS, *CLOCKS])
def test_every_built_in_format_of_days_and_times_is_known(reads, built_in):
    shown = plated(reads, number(NOON, 1), formats=[built_in])

    assert shown == ("2022-06-10" if built_in in DAYS else "2022-06-10 12:00:00")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('yyyy"年"m"月"d"日";@', Shows.DAY),
        ("[$-804]aaaa;yyyy/m/d", Shows.NUMBER),
        ('[DBNum1][$-804]yyyy"年"m"月"d"日"', Shows.DAY),
        ("m/d/yy h:mm", Shows.CLOCK),
        ('[$-404]上午/下午h"時"mm"分"', Shows.CLOCK),
        ("[h]:mm:ss", Shows.CLOCK),
        ("yyyy-mm-dd hh:mm:ss.000", Shows.CLOCK),
        ("General", Shows.NUMBER),
        ("G/通用格式", Shows.NUMBER),
        ('#,##0.00"元"', Shows.NUMBER),
        ('0"日"', Shows.NUMBER),
        ("0.00E+00", Shows.NUMBER),
        ("[Red]0;[Blue]-0", Shows.NUMBER),
        ("_-¥* #,##0.00_-", Shows.NUMBER),
        ("@", Shows.NUMBER),
    ],
)
def test_a_format_of_ones_own_shows_a_day_a_clock_or_a_number(code, shown):
    assert shows(164, code) is shown


def test_workbooks_that_count_from_1904_mean_the_same_days(reads):
    epoch = '<workbookPr date1904="1"/>'

    assert plated(reads, number(NOON - 1462, 1), formats=[22], epoch=epoch) == "2022-06-10 12:00:00"


@pytest.mark.parametrize("built_in", [14, 31])
def test_writers_that_are_seconds_off_mean_the_day_that_they_show_elsewhere(reads, built_in):
    evening_before = DAY - 43 / 86400

    assert plated(reads, number(evening_before, 1), formats=[built_in]) == "2022-06-10"


def test_a_column_of_times_at_the_same_odd_second_is_told(reads):
    off = [record(n, 购买时间=number(NOON + n / 24 - 43 / 86400, 1)) for n in range(5)]

    found = reads(one_sheet(table(*off), formats=[22]))

    assert [(note.kind, note.params) for note in found.reading.notes] == [
        ("odd_seconds", {"column": "购买时间", "second": 17})
    ]
    assert reads(one_sheet(table(*off[:4], record(9)), formats=[22])).reading.notes == []


def test_a_day_typed_into_a_cell_that_shows_a_clock_is_a_day(reads):
    assert plated(reads, number(DAY, 1), formats=["yyyy-mm-dd hh:mm:ss"]) == "2022-06-10"
    assert plated(reads, number(NOON, 1), formats=["yyyy-mm-dd hh:mm:ss"]) == "2022-06-10 12:00:00"


@pytest.mark.parametrize(
    ("cell", "means"),
    [(NOON, "2022-06-10 12:00:00"), (DAY, "2022-06-10"), ("44722.62847", "2022-06-10 15:05:00")],
)
def test_a_number_without_a_format_is_a_spreadsheets_count_of_days(reads, cell, means):
    assert plated(reads, number(cell)) == means
    assert plated(reads, text(cell)) == means


@pytest.mark.parametrize(
    ("iso", "means"),
    [
        ("2022-06-10", "2022-06-10"),
        ("2022-06-10T12:00:00", "2022-06-10 12:00:00"),
        ("2022-06-10T12:00:00+08:00", "2022-06-10 12:00:00"),
        ("2022-06-10T04:00:00+00:00", "2022-06-10 12:00:00"),
    ],
)
def test_a_cell_of_iso_time_is_read(reads, iso, means):
    assert plated(reads, raw(f'<c REF t="d" s="1"><v>{iso}</v></c>'), formats=[22]) == means


def test_a_z_behind_a_cell_of_time_may_be_false_and_is_asked_about(reads):
    cell = raw('<c REF t="d" s="1"><v>2022-06-30T16:00:00.000Z</v></c>')

    assert reads(one_sheet(table(record(上牌时间=cell)), formats=[14])).only.problems == ["zone"]


@pytest.mark.parametrize("serial", ["-1", "330105199001", "0.5", "1E+300"])
def test_a_number_that_is_no_day_of_ours_is_told_and_not_taken_for_empty(reads, serial):
    assert reads(one_sheet(table(record(上牌时间=number(serial, 1))), formats=[22])).only.problems == ["date"]


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)))  # noqa: DTZ001
def test_a_time_survives_every_way_to_write_it(moment):
    moment = moment.replace(microsecond=0)
    half = "上午" if moment.hour < 12 else "下午"
    serial = (moment - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001
    ways = [
        f"{moment:%Y-%m-%d %H:%M:%S}",
        f"{moment:%Y/%m/%d %H:%M:%S}",
        f"{moment:%Y.%m.%dT%H:%M:%S.123}",
        f"{moment:%Y年%m月%d日 %H时%M分%S秒}",
        f"{moment:%Y年%m月%d日%H点%M分%S秒}",
        f"{moment:%Y/%m/%d} {half}{moment.hour % 12 or 12}:{moment:%M:%S}",
        f"{moment:%Y-%m-%d %I:%M:%S %p}",
        f"{moment:%Y%m%d%H%M%S}",
        f"{moment:%Y-%m-%d 星期五 %H:%M:%S}",
        f"{moment:%Y-%m-%dT%H:%M:%S+08:00}",
        f"{moment - timedelta(hours=8):%Y-%m-%dT%H:%M:%SZ}",
        serial,
    ]

    read = {
        parse_moment(way).at + timedelta(hours=8)
        for way in ways
        if not (way == serial and float(serial).is_integer())
    }

    assert read == {moment.replace(tzinfo=UTC)}


@pytest.mark.parametrize(
    "text_",
    [
        "10/06/2022 15:05",
        "22.6.10",
        "6月10日",
        "15:05",
        "2022-06-10 下午15:61",
        "2022-06-10 上午13:00",
        "2022-06-10 晚上12点",
    ],
)
def test_what_could_be_two_times_is_none(text_):
    with pytest.raises(Problem):
        parse_moment(text_)


def test_midnight_at_the_end_of_a_day_is_its_last_second():
    assert parse_moment("2022-06-10 24:00:00") == (END, False)
    assert parse_moment("2022-06-10 24:00") == (END, False)
    assert parse_moment(date(2022, 6, 10)) == (END, True)


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        (2969.1000000000004, 296910),
        (1803.5999999999999, 180360),
        ("2,999.00", 299900),
        ("¥12,345,678.9", 1234567890),
        ("2999元整", 299900),
        (2999, 299900),
        ("2999,00", None),
        ("2 999,00", None),
        ("2 999.00", 299900),
        ("29 99", None),
        ("29,99.00", None),
        ("3_000", None),
        (2999.995, None),
        ("2999.999999", None),
        ("1e3", None),
        (float("nan"), None),
    ],
)
def test_an_amount_is_what_it_says_or_is_asked_about(cell, fen):
    if fen is None:
        with pytest.raises(Problem):
            price_fen(cell)
    else:
        assert price_fen(cell) == fen


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!"])
@pytest.mark.parametrize("column", ["手机号", "商户统一社会信用代码", "备注"])
def test_an_error_cell_is_never_an_empty_one(reads, error, column):
    cell = raw(f'<c REF t="e"><v>{error}</v></c>')

    workbook = reads(one_sheet(table(record(**{column: cell})))).only
    as_csv = reads(as_text(table(record(**{column: error})))).only

    assert (workbook.problems, workbook.columns) == (["error_cell"], [column])
    assert (as_csv.problems, as_csv.columns) == (["error_cell"], [column])


@pytest.mark.parametrize("left", ["########", "[object Object]", "Err:502"])
def test_what_programs_leave_of_a_value_is_an_error_too(reads_records, left):
    assert reads_records(record(品牌=left)).only.problems == ["error_cell"]


@pytest.mark.parametrize(
    "cell", ["<c REF><f>K2+1</f></c>", "<c REF><f>K2+1</f><v/></c>", '<c REF t="str"><f>K2&amp;"x"</f></c>']
)
@pytest.mark.parametrize("column", ["上牌时间", "备注"])
def test_a_formula_without_its_result_is_never_an_empty_cell(reads, cell, column):
    assert reads(one_sheet(table(record(**{column: raw(cell)})))).only.problems == ["formula_empty"]


def test_a_formula_whose_result_is_empty_is_empty(reads):
    cell = raw('<c REF t="str"><f>IF(A1="","","x")</f><v></v></c>')

    assert reads(one_sheet(table(record(备注=cell)))).only.problems == []


PICTURES = (
    '<c REF t="str"><f>_xlfn.DISPIMG("ID_1",1)</f><v>=DISPIMG("ID_1",1)</v></c>',
    '<c REF t="e" vm="1"><v>#VALUE!</v></c>',
)


@pytest.mark.parametrize("cell", [*PICTURES, text('=DISPIMG("ID_1",1)')])
def test_a_picture_in_a_cell_is_no_number_and_is_told(reads, cell):
    optional = reads(one_sheet(table(record(发票号码=cell)))).only
    required = reads(one_sheet(table(record(代办点编号=cell)))).only

    assert (optional.values["invoice_no"], optional.notes) == ("", ["picture_left"])
    assert required.problems == ["picture"]


NOTHING = (
    "无",
    "/",
    "-",
    "—",
    "——",
    "－",
    "N/A",
    "null",
    "NULL",
    "nan",
    "暂无",
    "未填",
    "undefined",
    "\\N",
    " 无 ",
)


def test_what_says_that_there_is_nothing_is_nothing(reads_records):
    optional = {
        "手机号": "phone",
        "成交价(元)": "price_fen",
        "数字人民币钱包编号": "wallet_no",
        "品牌": "brand",
    }

    found = reads_records(*(record(n, **dict.fromkeys(optional, word)) for n, word in enumerate(NOTHING)))

    assert found.accepted == list(range(2, 2 + len(NOTHING)))
    assert not any(row.values[key] for row in found.rows for key in optional.values())


@pytest.mark.parametrize("nothing", ["无", "/", "null"])
def test_where_something_is_needed_nothing_will_not_do(reads_records, nothing):
    assert reads_records(record(备案号牌=nothing)).only.problems == ["missing"]


@pytest.mark.parametrize("ditto", ["同上", "〃"])
def test_the_same_as_above_is_to_be_written_out(reads_records, ditto):
    assert reads_records(record(品牌=ditto, 手机号=ditto)).only.problems == ["ditto", "ditto"]


def test_times_to_come_are_refused_and_times_out_of_order_are_told(reads_records):
    ahead = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S")
    found = reads_records(
        record(1, 上牌时间=ahead),
        record(2, 购买时间="2022-06-10 15:00:00"),
        record(3, 购买时间="2022-06-10", 上牌时间="2022-06-10 12:00:00"),
        record(4, 购买时间="2002-06-10 11:00:00"),
        record(5),
    )

    assert [row.problems for row in found.rows] == [["future"], [], [], [], []]
    assert [row.notes for row in found.rows[1:]] == [["time_order"], [], ["time_order"], []]


def test_a_midnight_that_is_written_out_is_one_and_is_told(reads):
    row = reads(as_text(table(record(上牌时间="2022-06-11 00:00:00")))).only

    assert (row.values["day_only"], row.notes) == ([], ["midnight"])


def test_the_form_says_the_same_of_times_as_the_file():
    typed = {"deregistered_at": "2022-06-10", "collected_at": "2022-06-10 10:00"}
    typed |= {"purchased_at": "2022-06-10 15:00", "plated_at": "2022-06-10 14:00"}
    ahead = typed | {"plated_at": "2099-06-10 14:00"}

    assert odd_fields("trade_ins", typed) == ["“购买时间”晚于“上牌时间”，先后不合，请核对"]
    assert odd_fields("trade_ins", typed | {"plated_at": ""}) == []
    assert "在将来" in wrong_fields("trade_ins", ahead, among=["plated_at"])["plated_at"]


@pytest.mark.parametrize(
    "note", ["车主电话 139 1234 5678", "代办人 11010519491231002X", "钱包 0021 3456 7890 1234"]
)
def test_a_remark_names_nobody_by_a_number(reads_records, note):
    assert reads_records(record(备注=note)).only.problems == ["personal_note"]
    assert reads_records(record(备注="发票 012345678901，送头盔")).only.problems == []
