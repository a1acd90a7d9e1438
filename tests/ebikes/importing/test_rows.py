"""No row vanishes: each one is judged, or passed over and counted, and what is not read is named."""

import pytest

from tests.ebikes.read import as_text, record, table
from tests.ebikes.workbooks import book, number, one_sheet, sheet, styles, text

STRUCK = "<font><strike/></font>"


def skipped(found):
    return {each.why: each.lines for each in found.reading.sheets[0].skipped}


def test_a_quote_that_is_never_closed_is_named_by_its_line(reads):
    rows = table(*(record(n, 备注="") for n in range(1, 11)))
    rows[3][-1] = '"14寸轮毂'

    found = reads(as_text(rows))

    assert "第 4 行的引号" in found.failure


@pytest.mark.parametrize("column", [0, 5, -1])
def test_two_stray_quotes_swallow_no_rows_between_them(reads, column):
    rows = table(*(record(n, 备注="") for n in range(1, 11)))
    rows[3][column] = '"14寸' + rows[3][column]
    rows[8][column] = '14寸"' if column else 'ZH"'

    found = reads(as_text(rows))

    assert "引号" in found.failure
    assert "4" in found.failure


def test_a_stray_quote_in_a_long_file_is_told_in_words(reads):
    rows = table(*(record(n, 备注="") for n in range(1, 2500)))
    rows[1200][-1] = '"14寸轮毂'

    assert "第 1201 行的引号" in reads(as_text(rows)).failure


def test_a_text_of_several_lines_is_one_cell(reads):
    found = reads(as_text(table(record(1, 备注='"头盔一顶\n雨衣，一件, 赠"'), record(2, 备注=""))))

    assert [row.line for row in found.rows] == [2, 3]
    assert found.rows[0].values["remark"] == "头盔一顶 雨衣,一件, 赠"


@pytest.mark.parametrize("invisible", ["\u2028", "\x85", "\x0b", "\x0c"])
def test_no_other_line_break_tears_a_row_in_two(reads, invisible):
    found = reads(as_text(table(record(1, 备注=f"甲{invisible}乙"), record(2, 备注=""))))

    assert [row.line for row in found.rows] == [2, 3]
    assert found.accepted == [2, 3]


@pytest.mark.parametrize(
    ("cells", "extra"),
    [({"成交价(元)": "2,999.00"}, 1), ({"车主姓名": "李,试样"}, 1), ({"备注": "头盔,雨衣,锁"}, 2)],
)
def test_a_row_of_more_fields_than_the_header_is_refused_as_a_whole(reads, cells, extra):
    plain = {"成交价(元)": "2999.00", "备注": "", "数字人民币钱包编号": ""}

    found = reads(as_text(table(record(1, **plain), record(2, **(plain | cells)))))

    assert [row.problems for row in found.rows] == [[], ["extra_cells"]]


def test_a_comma_in_every_price_is_seen_though_every_row_is_as_long(reads):
    rows = table(
        *(record(n, **{"成交价(元)": "2,999.00", "备注": "", "数字人民币钱包编号": ""}) for n in (1, 2, 3))
    )

    assert reads(as_text(rows)).accepted == []


def test_a_delimiter_behind_every_row_adds_nothing(reads):
    rows = [[*row, ""] for row in table(record(1), record(2))]
    rows[0].pop()

    assert reads(as_text(rows)).accepted == [2, 3]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_what_people_see_is_read_before_what_is_hidden(reads, state):
    draft, june = sheet(table(record(1), record(2))), sheet(table(record(3)))

    found = reads(book({("旧底稿", state): draft, "六月": june}))

    assert [row.values["record_no"] for row in found.rows] == ["ZH00000003"]
    assert [(each.name, each.why, each.rows) for each in found.reading.others] == [("旧底稿", "hidden", 2)]


def test_a_hidden_sheet_is_read_only_where_no_other_will_do(reads):
    found = reads(book({"说明": sheet([["请看第二张表"]]), ("数据", "hidden"): sheet(table(record(1)))}))

    assert len(found.rows) == 1
    assert found.reading.sheets[0].hidden
    assert [(each.name, each.why) for each in found.reading.others] == [("说明", "no_header")]


def test_all_sheets_that_carry_the_header_are_read_each_by_its_own(reads):
    turned = [row[::-1] for row in table(record(3), record(4))]
    found = reads(
        book({"上旬": sheet(table(record(1))), "下旬": sheet(turned), "汇总": sheet([["共", "3"]])})
    )

    assert [(row.line, row.values["record_no"]) for row in found.rows] == [
        (2, "ZH00000001"),
        (10_000_002, "ZH00000003"),
        (10_000_003, "ZH00000004"),
    ]
    assert [(each.name, each.rows, each.read) for each in found.reading.sheets] == [
        ("上旬", 1, 1),
        ("下旬", 2, 2),
    ]
    assert [each.name for each in found.reading.others] == ["汇总"]


def test_a_sheet_that_lacks_a_column_says_which(reads):
    short = [row[:-1] for row in table(record(2))]

    found = reads(book({"上旬": sheet(table(record(1))), "下旬": sheet(short)}))

    assert [(each.name, each.why, each.lacking) for each in found.reading.others] == [
        ("下旬", "header_incomplete", ["新车号牌"])
    ]


@pytest.mark.parametrize("attribute", ['hidden="1"', 'hidden="true"', 'ht="0" customHeight="1"'])
def test_rows_that_were_filtered_out_or_hidden_are_not_taken_as_valid(reads, attribute):
    found = reads(one_sheet(table(record(1), record(2), record(3)), attributes={3: attribute}))

    assert [row.problems for row in found.rows] == [[], ["hidden_row"], []]


@pytest.mark.parametrize(
    "column", ['min="2" max="3" hidden="1"', 'min="2" max="3" width="0" customWidth="1"']
)
def test_columns_that_nobody_sees_are_read_and_named(reads, column):
    rows = table(record(1))

    found = reads(one_sheet(rows, columns=f"<cols><col min='1' max='1' width='9'/><col {column}/></cols>"))

    assert found.reading.sheets[0].hidden_columns == rows[0][1:3]
    assert found.accepted == [2]


def test_a_crossed_out_row_is_void_and_a_crossed_out_cell_is_no_value(reads):
    crossed = {title: text(cell, 1) for title, cell in record(2).items()}
    half = record(3) | {"手机号": text("13812345678", 1)}
    style = styles(fonts=("<font/>", STRUCK)).replace("</cellXfs>", '<xf numFmtId="0" fontId="1"/></cellXfs>')

    found = reads(book({"六月": sheet(table(record(1), crossed, half))}, style=style))

    assert [row.problems for row in found.rows] == [[], ["struck_row"], ["struck_cell"]]
    assert found.rows[2].columns == ["手机号"]


def test_a_header_again_totals_and_signatures_are_passed_over_and_counted(reads_records):
    rows = [record(1), record(2)]
    header = dict(zip(rows[0], rows[0], strict=True))
    total = dict.fromkeys(rows[0], "") | {
        "淘汰置换单号": "合计",
        "新车整车编码": "2 辆",
        "手机号": "2",
        "证件号码": "2",
    }
    signed = dict.fromkeys(rows[0], "") | {"淘汰置换单号": "制表人：李试样", "车主姓名": "审核："}

    found = reads_records(*rows, header, record(3), total, signed)

    assert found.accepted == [2, 3, 5]
    assert skipped(found) == {"header_again": [4], "total": [6, 7]}
    assert (found.reading.rows, found.reading.read, found.reading.skipped) == (6, 3, 3)


def test_the_beginning_of_a_record_at_the_end_is_no_signature(reads_records):
    cut = dict.fromkeys(record(1), "") | {"淘汰置换单号": "ZH00000002", "备案号牌": "杭C000002"}

    found = reads_records(record(1), cut)

    assert found.accepted == [2]
    assert "missing" in found.rows[1].problems


def test_a_second_table_with_another_order_of_columns_is_not_read_as_the_first(reads_records):
    other = dict(zip(record(1), list(record(1))[::-1], strict=True))

    found = reads_records(record(1), other, record(2))

    assert "第 3 行又是一个表头" in found.failure


def test_cells_under_no_known_title_are_counted_and_their_columns_named(reads_records):
    rows = [record(n, 钱包号="1002003004005678", 本店编号="") for n in (1, 2)]

    found = reads_records(*rows)

    ours, own = found.reading.sheets[0].unknown
    assert (ours.title, ours.letter, ours.filled, ours.nearest) == ("钱包号", "O", 2, "wallet_no")
    assert (own.title, own.filled, own.nearest) == ("本店编号", 0, "")
    assert found.reading.cells_not_read == 2


def test_a_cell_far_away_from_the_table_is_counted(reads):
    rows = table(record(1))
    found = reads(one_sheet([rows[0], [*rows[1], '<c r="ZZZ2"><v>7</v></c>', '<c r="AZ2"><v>8</v></c>']]))

    assert found.accepted == [2]
    assert found.reading.cells_not_read == 2


def test_a_row_that_stands_beside_the_table_is_passed_over_and_counted(reads):
    rows = [*table(record(1)), [*[None] * 20, "收到"]]

    found = reads(one_sheet(rows))

    assert skipped(found) == {"elsewhere": [3]}


def test_a_merged_cell_holds_for_all_its_rows(reads):
    rows = table(record(1), record(2), record(3), record(4))
    for row in rows[2:4]:
        row[6] = row[7] = None
    merged = '<mergeCells><mergeCell ref="G2:G4"/><mergeCell ref="H2:H4"/></mergeCells>'

    assert reads(one_sheet(rows, after=merged)).accepted == [2, 3, 4, 5]


def test_a_title_over_several_columns_is_no_value_of_all_of_them(reads):
    rows = table(record(1, 手机号=None))
    rows[1][4] = rows[1][4]

    found = reads(one_sheet(rows, after='<mergeCells><mergeCell ref="E2:F2"/></mergeCells>'))

    assert found.only.values["phone"] is None


def test_blank_rows_are_no_rows_however_many(reads):
    rows = [*table(record(1)), *[[number("", 1)] * 3] * 5, *table(record(2))[1:]]

    found = reads(one_sheet(rows, formats=["0.00"]))

    assert [row.line for row in found.rows] == [2, 8]
    assert found.reading.rows == 2
