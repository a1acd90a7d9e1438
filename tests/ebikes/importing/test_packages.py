"""What Excel and WPS open without complaint is read here; what is no table is told what it is, and how to save it again."""

import io
import re
import zipfile

import pytest
from openpyxl import Workbook

from tests.ebikes.old_excel import old_excel
from tests.ebikes.read import record, table
from tests.ebikes.workbooks import MAIN, book, cells_of, number, one_sheet, packed, raw, sheet, styles

ROWS = table(record())
SOUND = one_sheet(ROWS)


def parts(content=SOUND):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


SHEET = parts()["xl/worksheets/sheet1.xml"]


def renamed(change):
    return packed({change(name): text for name, text in parts().items()})


def with_part(name, text):
    return packed({**parts(), name: text})


def strict():
    main = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    relations = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    return book({"六月": sheet(ROWS, main=main)}, style=styles(main=main), main=main, relations=relations)


def prefixed():
    """As the SDK of the format's makers writes it: every name behind a prefix."""
    names = ("worksheet", "sheetData", "row", "c", "is", "t", "workbook", "sheets", "sheet", "styleSheet")
    found = parts()
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        for name in names:
            found[part] = found[part].replace(f"<{name}>", f"<x:{name}>").replace(f"<{name} ", f"<x:{name} ")
            found[part] = found[part].replace(f"</{name}>", f"</x:{name}>")
        found[part] = found[part].replace("xmlns=", "xmlns:x=")
    return packed(found)


def shared(name="xl/sharedStrings.xml", rich=False):
    """Texts in a part of their own, whole or in runs of several fonts and with the reading of a character."""
    texts = [cell for row in ROWS for cell in row]
    runs = (
        (lambda text: f"<r><t>{text[:1]}</t></r><r><rPr><b/></rPr><t>{text[1:]}</t></r><rPh><t>yī</t></rPh>")
        if rich
        else (lambda text: f"<t>{text}</t>")
    )
    strings = "".join(f"<si>{runs(text)}</si>" for text in texts)
    width = len(ROWS[0])
    cells = [
        [raw(f'<c REF t="s"><v>{line * width + place}</v></c>') for place in range(width)]
        for line in range(2)
    ]
    return one_sheet(cells, parts={name: f'<sst xmlns="{MAIN}">{strings}</sst>'})


def by_library():
    """As openpyxl writes it."""
    workbook, stream = Workbook(), io.BytesIO()
    for row in ROWS:
        workbook.worksheets[0].append(row)
    workbook.save(stream)
    return stream.getvalue()


ODD = {
    "strict": strict(),
    "prefixed": prefixed(),
    "by a library": by_library(),
    "capitals": renamed(str.upper),
    "backslashes": renamed(lambda name: name.replace("/", "\\")),
    "absolute": with_part(
        "xl/_rels/workbook.xml.rels",
        parts()["xl/_rels/workbook.xml.rels"].replace('Target="', 'Target="/xl/'),
    ),
    "backslash in a relation": with_part(
        "xl/_rels/workbook.xml.rels",
        parts()["xl/_rels/workbook.xml.rels"].replace("worksheets/", "worksheets\\"),
    ),
    "at another place": packed(
        {
            name.replace("xl/", "book/"): text.replace("xl/workbook", "book/workbook")
            for name, text in parts().items()
        }
    ),
    "no relations at all": packed(
        {name: text for name, text in parts().items() if not name.endswith(".rels")}
    ),
    "no styles": packed({name: text for name, text in parts().items() if "styles" not in name}),
    "broken styles": with_part("xl/styles.xml", parts()["xl/styles.xml"].replace("</fonts>", "<font>")),
    "odd fonts and fills": with_part(
        "xl/styles.xml",
        parts()["xl/styles.xml"]
        .replace("<font/>", '<font><family val="49"/><color rgb="auto"/></font>')
        .replace("</fonts>", "</fonts><fills><fill/></fills>"),
    ),
    "odd properties": with_part("docProps/core.xml", "<cp:coreProperties><dcterms:created>昨天"),
    "odd relations": with_part("xl/worksheets/_rels/sheet1.xml.rels", "<Relationships><Relationship"),
    "style out of range": one_sheet([[number(1, 99), *ROWS[0]], [number(1, 99), *ROWS[1]]]),
    "shared texts": shared(),
    "shared texts in capitals": shared("xl/SharedStrings.xml"),
    "rich texts": shared(rich=True),
    "without references": packed(
        {**parts(), "xl/worksheets/sheet1.xml": re.sub(r' r="[A-Z]*\d+"', "", SHEET)}
    ),
    "utf-16": packed(
        {
            name: f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")
            for name, text in parts().items()
        }
    ),
    "old excel": old_excel(*ROWS),
}


@pytest.mark.parametrize("content", ODD.values(), ids=list(ODD))
def test_sound_files_are_never_called_damaged(reads, content):
    found = reads(content)

    assert found.failure == ""
    assert found.only.problems == []
    assert found.only.values["owner_name"] == "李试样"


@pytest.mark.parametrize("flag", ["true", "1"])
def test_booleans_and_empty_values_are_as_they_are_shown(reads, flag):
    cells = [
        *ROWS[1],
        raw(f'<c REF t="b"><v>{flag}</v></c>'),
        raw("<c REF><v/></c>"),
        raw('<c REF t="s"><v> </v></c>'),
    ]

    found = reads(one_sheet([[*ROWS[0], "品牌", "备注", "发票号码"], cells]))

    assert found.only.problems == []
    assert [found.only.values[key] for key in ("brand", "remark", "invoice_no")] == ["TRUE", "", ""]


def test_a_text_of_its_own_is_not_mixed_with_a_value_beside_it(reads):
    cell = raw('<c REF t="inlineStr"><is><t>甲</t></is><v>01.</v></c>')

    assert reads(one_sheet(table(record(备注=cell)))).only.values["remark"] == "甲"


def test_what_the_format_escapes_is_read_as_it_was_meant(reads):
    found = reads(one_sheet(table(record(备注="甲_x000D_乙", 淘汰置换单号="ZH00000001_x000D__x200B_"))))

    assert found.only.values["remark"] == "甲 乙"
    assert found.only.values["record_no"] == "ZH00000001"


def test_old_workbooks_tell_days_errors_lost_digits_and_what_is_hidden_merged_or_crossed_out(reads):
    record_ = [*record().values(), None]
    when = list(record()).index("上牌时间")
    at = [*record_[:when], 44722.5, *record_[when + 1 :]]
    header = [*record(), "数字人民币钱包编号"]
    rows = [header, at, record_, record_, [*record_[:-1], 1002003004005678.0], [*record_[:-1], b"\x17"]]
    for n, row in enumerate(rows[1:], start=1):
        row[0] = f"ZH{n:08d}"
    rows[3] = list(rows[3])
    rows[3][6] = None

    found = reads(
        old_excel(
            *rows, formats={when: 31}, struck=[3], hidden=[5], merged=[(1, 3, 6, 6)], hidden_columns=[2]
        )
    )
    assert found.reading.sheets[0].hidden_columns == [rows[0][2]]

    assert [row.problems for row in found.rows] == [[], ["struck_row"], [], ["hidden_row"], ["error_cell"]]
    assert found.rows[0].values["day_only"] == ["plated_at"]


def test_old_workbooks_lose_digits_as_new_ones_do(reads):
    rows = table(record(数字人民币钱包编号=1002003004005678.0))

    assert reads(old_excel(*rows)).only.problems == ["digits_lost"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xef\xbb\xbf<html><table>", "网页"),
        ("<html><table>".encode("utf-16"), "网页"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "网页"),
        (
            b'\xef\xbb\xbf<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "XML 表格",
        ),
        (b"\x1f\x8b\x08\x00", "解压"),
        (b"Rar!\x1a\x07\x00", "解压"),
        (packed({"a.csv": "x"}), "解压"),
        (b"\xff\xd8\xff\xe0", "图片"),
        (b"\x89PNG\r\n", "图片"),
        (packed({"word/document.xml": "<w/>"}), "文字或演示"),
        (
            packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<o/>"}),
            "OpenDocument",
        ),
        (packed({"xl/workbook.bin": "x"}), "xlsb"),
        (book({}), "没有工作表"),
        (SOUND[:-30], "损坏"),
        (with_part("xl/worksheets/sheet1.xml", SHEET[:-200]), "工作表“六月”"),
    ],
)
def test_what_is_no_table_is_told_what_it_is(reads, content, says):
    assert says in reads(content).failure


def test_a_workbook_takes_no_more_than_it_needs_for_cells_that_are_far_away(reads):
    wide = "".join(f'<row><c r="XFC{n}"><v>1</v></c></row>' for n in range(3, 5000))

    found = reads(with_part("xl/worksheets/sheet1.xml", SHEET.replace("</sheetData>", f"{wide}</sheetData>")))

    assert found.accepted == [2]
    assert found.reading.cells_not_read == 4997


def test_runs_of_empty_rows_with_styles_are_passed_over_and_the_lines_behind_them_keep_their_numbers(reads):
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(3, 20_003))
    last = f'<row r="20010">{cells_of(ROWS[1], 20010)}</row>'

    found = reads(
        with_part("xl/worksheets/sheet1.xml", SHEET.replace("</sheetData>", f"{empty}{last}</sheetData>"))
    )

    assert [row.line for row in found.rows] == [2, 20_010]
