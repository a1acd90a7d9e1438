"""Sound files, damaged at random as hands, programs and transports damage them; and what may be said of what is left.

What a row holds is told here by reading its line or its element alone, and by the plain characters of its cells.
"""

import csv
import io
import re
import unicodedata
import zipfile
from datetime import datetime, timedelta
from random import Random
from xml.etree import ElementTree

from tests.ebikes.read import record, table
from tests.ebikes.workbooks import number, one_sheet

RECORDS = tuple(
    record(
        n,
        车主姓名=("李试样", "阿依·试样", "王䶮", "John Smith", "欧阳试样", "古丽·试样")[n % 6],
        **{
            "品牌": "试牌",
            "发票号码": f"2433200000001234567{n}",
            "成交价(元)": ("2999.00", "3299", "1803.6")[n % 3],
            "备注": ("头盔一顶", "", "雨衣; 锁")[n % 3],
            "数字人民币钱包编号": f"100200300400567{n}",
        },
    )
    for n in range(1, 8)
)
ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's cells have no zone
TITLES = list(RECORDS[0])
TOKENS = [
    [re.compile(f"{sign}0*{n}(?![0-9])") for sign in ("杭C", "浙C", "ZH", "12342")] for n in range(1, 8)
]
INSERTED = (
    *(
        '"',
        '"',
        ",",
        ",",
        ";",
        "\n",
        "\r",
        "\r\n",
        "\t",
        " ",
        "'",
        "`",
        "=",
        "\u2028",
        "\x85",
        "\x0b",
        "\u200b",
        "\u2069",
    ),
    *(
        "0",
        "00",
        "5",
        ".",
        "E+17",
        "X",
        "×",
        "李",
        "□",
        "\ufffd",
        "\0",
        "\x1a",
        "合计",
        "无",
        "/",
        "#REF!",
        "<br>",
        "&nbsp;",
    ),
    *("淘汰置换单号", "２", "—", "_x000D_", "sep=;\n", '""', '",', ',"', "|", "，"),
)


def damaged_csv(chance: Random) -> bytes:
    """A CSV file of the records, and one to three damages."""
    mark, end = chance.choice([",", ",", ";", "\t"]), chance.choice(["\n", "\n", "\r\n"])
    stream = io.StringIO()
    writer = csv.writer(
        stream, delimiter=mark, lineterminator=end, quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    )
    writer.writerows(table(*RECORDS))
    text = stream.getvalue()
    for _damage in range(chance.randint(1, 3)):
        text = chance.choice(_OF_TEXT)(text, chance)
    content = text.encode(
        chance.choice(["utf-8", "utf-8-sig", "utf-8", "gb18030", "utf-16"]), errors="replace"
    )
    return _flipped(content, chance) if chance.random() < 0.15 else content


def damaged_xlsx(chance: Random) -> bytes:
    """A workbook of the records, texts and numbers, and one to three damages to its sheet or its parts."""
    rows = table(*RECORDS)
    for row in rows[1:]:
        for place, cell in enumerate(row):
            if chance.random() < 0.1 and re.fullmatch(r"[0-9.]{1,15}", cell):
                row[place] = number(cell)
            elif "时间" in TITLES[place] and chance.random() < 0.2:
                row[place] = number((datetime.fromisoformat(cell) - ZERO) / timedelta(days=1), 1)
    with zipfile.ZipFile(io.BytesIO(one_sheet(rows, formats=[22]))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    for _damage in range(chance.randint(1, 3)):
        part = chance.choice(["xl/worksheets/sheet1.xml"] * 6 + list(parts))
        parts[part] = chance.choice([*_OF_XML, *_OF_TEXT])(parts[part], chance)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if chance.random() > 0.01:
                archive.writestr(
                    name if chance.random() > 0.02 else name.upper(), text.encode(errors="replace")
                )
    return _flipped(stream.getvalue(), chance) if chance.random() < 0.1 else stream.getvalue()


def _place(text: str, chance: Random) -> int:
    return chance.randrange(len(text) + 1)


def _insert(text: str, chance: Random) -> str:
    at = _place(text, chance)
    return text[:at] + chance.choice(INSERTED) + text[at:]


def _drop(text: str, chance: Random) -> str:
    at = _place(text, chance)
    return text[:at] + text[at + chance.choice([1, 1, 1, 2, 8, 40]) :]


def _swap(text: str, chance: Random) -> str:
    at = _place(text, chance)
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def _double(text: str, chance: Random) -> str:
    at, length = _place(text, chance), chance.choice([1, 3, 20, 200])
    return text[: at + length] + text[at : at + length] + text[at + length :]


def _cut(text: str, chance: Random) -> str:
    return text[: max(200, _place(text, chance))]


def _line_again(text: str, chance: Random) -> str:
    lines = text.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return "".join(lines)


_OF_TEXT = (_insert, _insert, _insert, _drop, _swap, _double, _cut, _line_again)


def _changed(pattern: str, *replacements: str):
    def change(text: str, chance: Random) -> str:
        found = list(re.finditer(pattern, text))
        if not found:
            return text
        one = chance.choice(found)
        return text[: one.start()] + chance.choice(replacements) + text[one.end() :]

    return change


_OF_XML = (
    _changed(r't="inlineStr"', 't="s"', 't="str"', 't="e"', 't="b"', 't="d"', 't="n"', "", 't="x"'),
    _changed(r' s="\d"', "", ' s="1"', ' s="9"', ' s="x"'),
    _changed(r' r="[A-Z]+\d+"', "", ' r="B3"', ' r="XFD9"', ' r="7"', ' r="ä1"'),
    _changed(r'<row r="\d+"', "<row", '<row r="3"', '<row r="3" hidden="1"', '<row r="900000"', '<row r="x"'),
    _changed(
        "</sheetData>",
        '</sheetData><mergeCells><mergeCell ref="G2:G5"/><mergeCell ref="E2:F4"/></mergeCells>',
    ),
    _changed("<is>", "<f>A1</f><is>", "<v>", ""),
    _changed("<v>[^<]*", "<v>", "<v>1E+300", "<v>NaN", "<v>-5", "<v>44722.99999", "<v>1.00200300400568E+15"),
    _changed("<worksheet", "<!DOCTYPE a><worksheet", "<x:worksheet"),
)


def _flipped(content: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


_LEFT_OUT = "_x[0-9A-Fa-f]{4}_|&nbsp[;\x1f]|<br>|[\u200b\u2069\ufffc \t\u2028\x85\x0b'`¥]"

# What is left of the file, told row by row.


def named(text: str) -> bool:
    """Whether a line, or a row, is about one of the records: most of what names it stands there."""
    if sum(title in text for title in TITLES) > 3:
        return False  # a header, or a row that became part of one
    return any(sum(bool(token.search(text)) for token in tokens) > 2 for tokens in TOKENS)


def csv_rows(content: bytes) -> list[str] | None:
    """The lines of a CSV file, each read alone; nothing where the text is in no encoding."""
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return None
    lines = re.split("\r\n|\n|\r", text)
    mark = max(",;\t", key=text.count)
    return [line.replace(mark, "\x1f") for line in lines]


def xlsx_rows(content: bytes) -> list[str] | None:
    """The texts of each row of a workbook's sheet; nothing where it is no XML any more."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(name for name in archive.namelist() if name.lower() == "xl/worksheets/sheet1.xml")
            root = ElementTree.fromstring(archive.read(name))  # noqa: S314 - our own, damaged
    except Exception:  # whatever the damage leads these libraries to
        return None
    rows = [each for each in root.iter() if each.tag.endswith("}row")]
    return ["\x1f".join(text for text in row.itertext()) for row in rows]


def plain(text: object) -> str:
    """Letters, digits and Chinese characters of a text, half-width and upper."""
    written = re.sub("_x[0-9A-Fa-f]{4}_|&nbsp[;\x1f]|<br>", "", str(text))
    return "".join(c for c in unicodedata.normalize("NFKC", written).upper() if c.isalnum())


def stands_in(key: str, value: object, row: str) -> bool:
    """Whether an accepted value is what stands in its row: its characters one after another, its time, its amount."""
    if value in (None, "", []):
        return True
    if isinstance(value, datetime):
        moment = value + timedelta(hours=8)
        serial = (moment.replace(tzinfo=None) - ZERO) / timedelta(days=1)
        digits = [int(each) for each in re.findall(r"\d+", row)]
        day = [moment.year, moment.month, moment.day]
        written = any(digits[n : n + 3] == day for n in range(len(digits)))
        return written or f"{moment:%Y%m%d}" in row or f"{serial:.4f}"[:-2] in row or str(int(serial)) in row
    if key == "price_fen":
        row = re.sub(_LEFT_OUT, "", unicodedata.normalize("NFKC", row))
        return any(
            round(float(each.replace(",", "")) * 100) == value
            for each in re.findall(r"[0-9]+\.?[0-9]*", row.replace(",", ""))
        )
    text = plain(value).removeprefix("86") if key == "phone" else plain(value)
    return text in plain(row)
