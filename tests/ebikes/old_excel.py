"""A workbook of before 2007, record by record (BIFF8, as .xls and WPS's .et hold it)."""

import struct


def _record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def _text(text, count="<H"):
    return struct.pack(count, len(text)) + b"\x01" + text.encode("utf-16-le")


def _begin(kind):
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def _font(*, struck):
    return _record(
        0x0031,
        struct.pack("<HHHHHBBBB", 200, 8 if struck else 0, 0, 400, 0, 0, 0, 0, 0) + _text("宋体", "<B"),
    )


def _cell(cell, at):
    if isinstance(cell, str):
        return _record(0x0204, at + _text(cell))
    if isinstance(cell, bytes):
        return _record(0x0205, at + cell + b"\x01")
    return b"" if cell is None else _record(0x0203, at + struct.pack("<d", cell))


def old_excel(
    *rows, formats=(), struck=(), hidden=(), merged=(), hidden_columns=(), sheet="六月", visible=True
):
    """One sheet of texts, numbers, and errors as bytes; `formats`: the built-in format of a column's cells by its place.

    `struck`, `hidden`: rows by their number; `hidden_columns`: by their place;
    `merged`: first and last row, first and last column.
    """
    formats = dict(formats)
    numbers = [0, *formats.values()]
    globals_ = (
        _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200)) + _record(0x0022, struct.pack("<H", 0))
    )
    globals_ += _font(struck=False) * 4 + _font(struck=True)
    globals_ += _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0, 0, 0, 0, 0, 0, 0)) * 15
    for font in (0, 5):  # the fifth is counted as the sixth
        for number in numbers:
            globals_ += _record(0x00E0, struct.pack("<HHHBBBBIIH", font, number, 1, 0, 0, 0, 0, 0, 0, 0))
    length = len(globals_) + len(_record(0x0085, b"\0" * 6 + _text(sheet, "<B"))) + 4
    globals_ += _record(0x0085, struct.pack("<IBB", length, 0 if visible else 1, 0) + _text(sheet, "<B"))
    cells = _begin(0x0010)
    for place in hidden_columns:
        cells += _record(0x007D, struct.pack("<HHHHHH", place, place, 2048, 15, 1, 0))
    for line, row in enumerate(rows):
        cells += _record(
            0x0208,
            struct.pack("<HHHHHHI", line, 0, len(row), 255, 0, 0, 0x120 if line + 1 in hidden else 0x100),
        )
        for place, cell in enumerate(row):
            style = 15 + list(formats).index(place) + 1 if place in formats else 15
            style += len(numbers) if line + 1 in struck else 0
            cells += _cell(cell, struct.pack("<HHH", line, place, style))
    if merged:
        cells += _record(
            0x00E5, struct.pack("<H", len(merged)) + b"".join(struct.pack("<HHHH", *each) for each in merged)
        )
    return globals_ + _record(0x000A, b"") + cells + _record(0x000A, b"")
