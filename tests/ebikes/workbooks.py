"""Workbooks as other programs write them: cells, styles and parts to the letter, which no library would write."""

import io
import zipfile
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def text(value, style=0):
    return f'<c REF t="inlineStr" s="{style}"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def number(value, style=0):
    return f'<c REF s="{style}"><v>{value}</v></c>'


def raw(xml):
    """A cell to the letter; `REF` stands for its place."""
    return xml


def cells_of(row, line):
    """A row's cells: texts are written as texts, and what begins with < as it is."""
    found = []
    for place, cell in enumerate(row):
        if cell is None:
            continue
        xml = cell if str(cell).startswith("<c") else text(cell)
        found.append(xml.replace("REF", f'r="{letter(place)}{line}"', 1))
    return "".join(found)


def letter(place):
    return chr(65 + place) if place < 26 else chr(64 + place // 26) + chr(65 + place % 26)


def sheet(rows, *, attributes=None, columns="", after="", main=MAIN):
    """A sheet of rows; `attributes`: those of single rows by line; `columns`, `after`: what is around them."""
    lines = "".join(
        f'<row r="{line}" {(attributes or {}).get(line, "")}>{cells_of(row, line)}</row>'
        for line, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{main}">{columns}<sheetData>{lines}</sheetData>{after}</worksheet>'


def styles(*formats, fonts=("<font/>",), main=MAIN):
    """The styles 0 (plain) and, from 1, one for each of these: the number of a built-in format, its text, or a font."""
    codes = [code for code in formats if isinstance(code, str)]
    named = "".join(
        f'<numFmt numFmtId="{164 + n}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for n, code in enumerate(codes)
    )
    xfs = "".join(
        f'<xf numFmtId="{164 + codes.index(code) if isinstance(code, str) else code}"/>' for code in formats
    )
    return (
        f'<styleSheet xmlns="{main}"><numFmts>{named}</numFmts><fonts>{"".join(fonts)}</fonts>'
        f'<cellXfs><xf numFmtId="0" fontId="0"/>{xfs}</cellXfs></styleSheet>'
    )


def book(sheets, *, style=None, epoch="", main=MAIN, relations=RELATIONS, parts=None):
    """A workbook: sheets by name, or by name and state, as XML; `parts` are put in the place of others, or beside them."""
    listed, related, files = "", "", {}
    for place, (key, xml) in enumerate(sheets.items(), start=1):
        name, state = key if isinstance(key, tuple) else (key, "visible")
        listed += f'<sheet name="{escape(name)}" sheetId="{place}" state="{state}" r:id="rId{place}"/>'
        related += f'<Relationship Id="rId{place}" Type="{relations}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        files[f"xl/worksheets/sheet{place}.xml"] = xml
    related += f'<Relationship Id="rS" Type="{relations}/styles" Target="styles.xml"/>'
    files |= {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}">{epoch}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        "xl/styles.xml": style or styles(),
        **(parts or {}),
    }
    return packed(files)


def packed(files):
    """An archive of these files; those that are None are left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return buffer.getvalue()


def one_sheet(rows, *, formats=(), attributes=None, columns="", after="", **more):
    """A workbook of one sheet, with styles for `formats` from 1."""
    return book(
        {"六月": sheet(rows, attributes=attributes, columns=columns, after=after)},
        style=styles(*formats),
        **more,
    )
