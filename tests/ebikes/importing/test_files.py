"""Whatever is sent in: a table is read, anything else gets one clear sentence and leaves nothing behind."""

import contextlib
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.reader import open_table

HEADER = ["统一社会信用代码", "名称", "街道", "平台注册日期", "淘汰置换开通日期"]
ROW = ["91330105MA28AAAA11", "湖墅一号店", "湖墅", "2021-09-01", "2022-03-01"]
CSV = ",".join(HEADER) + "\n" + ",".join(ROW) + "\n"


def workbook(*rows, sheets=1):
    book = Workbook()
    for _empty in range(sheets - 1):
        book.create_sheet("空", 0)
    sheet = book.worksheets[-1]
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(tmp_path, content, name="file.csv", limit=2**24):
    path = tmp_path / name
    path.write_bytes(content)
    with open_table(path, LAYOUTS["merchants"], limit_bytes=limit) as table:
        return list(table.rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_every_usual_encoding_is_read(tmp_path, encoding):
    assert read(tmp_path, CSV.encode(encoding)) == [(2, ROW)]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_delimiters_are_read(tmp_path, mark):
    assert read(tmp_path, CSV.replace(",", mark).encode()) == [(2, ROW)]


def test_content_decides_and_not_the_name(tmp_path):
    assert read(tmp_path, workbook(HEADER, ROW), "说是.csv") == [(2, ROW)]
    assert read(tmp_path, CSV.encode(), "说是.xlsx") == [(2, ROW)]


def test_titles_blank_rows_and_other_orders_do_not_matter(tmp_path):
    rows = (["商户一览"], [None], [*HEADER[::-1], "备用列"], [None] * 6, [*ROW[::-1], "x"], [" ", None])

    assert read(tmp_path, workbook(*rows), "a.xlsx") == [(5, ROW)]


def test_the_first_sheet_with_a_known_header_is_taken(tmp_path):
    assert read(tmp_path, workbook(HEADER, ROW, sheets=3), "a.xlsx") == [(2, ROW)]


def test_short_and_long_rows_and_quoted_newlines_are_read(tmp_path):
    text = CSV + '91330105MA28AAAA11,"湖墅\n二号店"\n' + ",".join([*ROW, "多", "余"]) + "\n"

    lines = read(tmp_path, text.encode())

    assert [line for line, _ in lines] == [2, 3, 4]
    assert lines[1][1] == ["91330105MA28AAAA11", "湖墅\n二号店", None, None, None]


def encrypted():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(2**26))
    return buffer.getvalue()


def entity_bomb():
    good, buffer = zipfile.ZipFile(io.BytesIO(workbook(HEADER, ROW))), io.BytesIO()
    evil = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in good.namelist():
            text = good.read(name).decode()
            archive.writestr(
                name, text.replace("<worksheet", evil + "<worksheet", 1) if "sheet1" in name else text
            )
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空的"),
        (b" \n \n", "空的"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "不是表格"),
        (b"%PDF-1.7 ...", "不是表格"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), ".xls"),
        (encrypted(), "密码"),
        (b"PK\x03\x04 this is no archive", "损坏"),
        (workbook(HEADER, ROW)[:-200], "损坏"),
        (bomb(), "过大"),
        (entity_bomb(), "损坏"),
        (b"\x00\x01\x02\x03" * 50, "不是文本"),
        (b"\xff\xfe\xfd\x81\x30" * 7, "文"),
        ("甲,乙\n1,2\n".encode(), "没有找到认识的列名"),
        ("名称,街道\n一,二\n".encode(), "缺少这些列：统一社会信用代码"),
        (("名称," + CSV).encode(), "不止一列"),
        (CSV.encode() * 200, "上限"),
    ],
)
def test_what_is_no_table_gets_a_sentence_that_says_why(tmp_path, content, says):
    with pytest.raises(UnreadableFile) as found:
        read(tmp_path, content, limit=2**14 if says == "上限" else 2**24)

    assert says in str(found.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_random_bytes_never_do_worse_than_a_sentence(tmp_path, noise):
    with contextlib.suppress(UnreadableFile):
        read(tmp_path, noise)


GOOD = workbook(HEADER, ROW)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_changed_bytes_never_does_worse_than_a_sentence(tmp_path, place, noise):
    with contextlib.suppress(UnreadableFile):
        read(tmp_path, GOOD[:place] + noise + GOOD[place + len(noise) :], "a.xlsx")
