"""Text in any encoding that offices have, and where it is broken, the line; a delimiter is known by its header."""

import pytest

from tests.ebikes.read import as_text, record, table

ROWS = table(record(1, 车主姓名="李䶮"), record(2, 车主姓名="㼆试样"))
TEXT = as_text(ROWS)
UTF16 = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]
)
def test_every_encoding_is_read_with_and_without_its_mark(reads, encoding, end):
    found = reads(as_text(ROWS, end=end).encode(encoding))

    assert found.failure == ""
    assert [row.values["owner_name"] for row in found.rows] == ["李䶮", "㼆试样"]


@pytest.mark.parametrize("tail", [b"\0" * 64, b"\x1a", b"\x1a\0\0\0", b"\r\n\x1a"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_what_old_programs_leave_at_the_end_is_no_row(reads, encoding, tail):
    tail = tail if encoding != "utf-16" else b"\0" * 64
    found = reads(TEXT.encode(encoding) + tail)

    assert found.accepted == [2, 3]
    assert found.reading.rows == 2


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (as_text(ROWS[:2]).encode() + as_text(ROWS[2:]).encode("gb18030"), 3),
        (as_text(ROWS[:1]).encode() + b"\xff" + as_text(ROWS[1:]).encode(), 2),
        (b"\xef\xbb\xbf" + as_text(ROWS[:2]).encode() + as_text(ROWS[2:]).encode("gb18030"), 3),
        (as_text(ROWS[:2]).encode("gb18030") + b"\xff\xff" + as_text(ROWS[2:]).encode("gb18030"), 3),
        (as_text(ROWS[:2], end="\r").encode() + as_text(ROWS[2:], end="\r").encode("gb18030"), 3),
    ],
)
def test_a_byte_that_is_in_another_encoding_names_its_line(reads, content, line):
    assert f"第 {line} 行" in reads(content).failure


def test_a_file_that_was_cut_in_a_character_is_told_so(reads):
    cut = as_text([*ROWS[:2], ["ZH00000002", "杭C000002", "李"]]).encode().rstrip(b"\n")[:-1]

    assert "没有传完整" in reads(cut).failure


def test_chinese_as_it_is_written_elsewhere_is_recognised(reads):
    header = "淘汰置換單號,備案號牌,車主姓名,證件類型,證件號碼,手機號\n"

    assert "Big5" in reads((header + "1,2,3,4,5,6\n").encode("big5")).failure


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "，"])
def test_every_usual_delimiter_is_known_by_the_header_that_it_leads_to(reads, mark):
    rows = table(record(1, 备注="头盔 雨衣 锁 脚垫 后视镜".replace(" ", "; " if mark != ";" else ", ")))

    found = reads(as_text(rows, mark=mark))

    assert found.only.problems == []


def test_a_long_list_in_one_cell_is_no_other_delimiter(reads):
    gifts = '"' + ";".join(f"赠品{n}" for n in range(40)) + '"'

    assert reads(as_text(table(record(1, 备注=gifts)))).only.values["remark"].count(";") == 39


@pytest.mark.parametrize("mark", [";", ",", "|"])
def test_what_the_file_says_of_its_delimiter_holds(reads, mark):
    found = reads(f"sep={mark}\n" + as_text(table(record(1, 备注="甲，乙，丙")), mark=mark))

    assert [row.line for row in found.rows] == [3]
