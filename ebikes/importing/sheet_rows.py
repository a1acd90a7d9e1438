"""The rows of one XLSX sheet, streamed: dates told by what their format shows, and what is hidden, merged or crossed out.

A cell without a value that can be read becomes a Flaw; it is never taken for an empty one.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from ebikes.importing.flaws import Flaw
from ebikes.importing.moments import CHINA, DAY, SERIAL_FROM, SERIAL_TO, serial_moment
from ebikes.importing.number_formats import Shows
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.sheet import MOST_CELLS, Line
from ebikes.importing.workbook import Attributes, Style, Workbook, character_of_xml, local, new_parser

MOST_PENDING = 2**26  # bytes of one row
LONGEST_DAY = len("2022-06-10")
FROM_1904 = 1462  # days between the two ways of counting them
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["\']([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)["\']')
_ROW_NUMBER = re.compile(rb'^<(?:\w+:)?row\s[^>]*?\br="(\d+)"')
_DISPIMG = re.compile(r"=?\s*(?:_xlfn\.)?DISPIMG\s*\(", re.IGNORECASE)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_BOOLEANS = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"}
_NO_STYLE = Style()
_ROUND_MIDNIGHT = 60 / DAY  # a minute: some writers are seconds off, and a day became the evening before


def column_of(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class SheetRows:
    """Reads one sheet's part. `read` is the number of bytes seen so far."""

    def __init__(self, book: Workbook, part: str) -> None:
        self.book = book
        self.part = part
        self.read = 0
        self._columns: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        self._done: list[Line] = []
        self._number = 0
        self._merged: dict[
            int, list[tuple[int, int]]
        ] = {}  # by the first row: column and last row of a range
        self._holding: dict[int, tuple[int, Any]] = {}  # by column: up to which row what value holds
        self._in_data = False
        self._reset_cell()
        self._reset_row()

    # The stream: blocks of bytes become rows.

    def lines(self) -> Iterator[Line]:
        """The rows with anything in them."""
        self._note_merged()
        parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        for block in self._without_blank_rows():
            parser.Parse(block)
            yield from self._done
            self._done.clear()
        parser.Parse(b"", True)
        yield from self._done

    def _note_merged(self) -> None:
        """Merged ranges are told after the rows. Only those that go down matter: a title across columns is no value of all."""
        tail = b""
        for block in self.book.archive.blocks(self.part):
            data = tail + block
            if b"ergeCell" in data:
                for left, first, _right, last in _MERGED.findall(data):
                    if int(last) > int(first):
                        self._merged.setdefault(int(first), []).append((column_of(left.decode()), int(last)))
            tail = data[-200:]

    def _without_blank_rows(self) -> Iterator[bytes]:
        """The part, without runs of rows that hold nothing but styles: a deleted table may leave a million of them."""
        pending, within = b"", False
        prefix = b""
        for block in self.book.archive.blocks(self.part):
            self.read += len(block)
            pending += block
            if not within:
                found = re.search(rb"<(\w+:)?sheetData\s*>", pending)
                if found is None:
                    keep = len(pending) - 64
                    if keep > 0:
                        yield pending[:keep]
                        pending = pending[keep:]
                    continue
                prefix, within = found.group(1) or b"", True
                yield pending[: found.end()]
                pending = pending[found.end() :]
            cut = pending.rfind(b"<" + prefix + b"row")
            if cut <= 0:
                if len(pending) > MOST_PENDING:
                    raise UnreadableFile(_("文件中有一行过长，无法读取"))
                continue
            rows, pending = pending[:cut], pending[cut:]
            if self._is_blank(rows, prefix):
                self._skip(rows, prefix)
            else:
                yield rows
        yield pending

    @staticmethod
    def _is_blank(rows: bytes, prefix: bytes) -> bool:
        marks = (
            b"<" + prefix + b"v",
            b"<" + prefix + b"is",
            b"<" + prefix + b"f",
            b"</" + prefix + b"sheetData",
        )
        return rows.lstrip()[:1] == b"<" and not any(mark in rows for mark in marks)

    def _skip(self, rows: bytes, prefix: bytes) -> None:
        last = rows[rows.rfind(b"<" + prefix + b"row") :]
        numbered = _ROW_NUMBER.match(last)
        self._number = (
            int(numbered.group(1)) if numbered else self._number + rows.count(b"<" + prefix + b"row")
        )

    # The parser's events: some millions, so that no dictionary of methods stands between.

    def _start(self, tag: str, attributes: Attributes) -> None:
        kind = self._kinds.get(tag)
        if kind is None:
            kind = self._kinds[tag] = local(tag)
        if kind == "c":
            if self._in_data:
                self._begin_cell(attributes)
        elif kind == "v" or kind == "t":
            self._taking = self._in_cell and not self._phonetic
            self._written = True
        elif kind == "row":
            self._begin_row(attributes)
        elif kind == "f":
            self._formula = self._in_cell
        elif kind == "rPh":
            self._phonetic = True
        elif kind == "sheetData":
            self._in_data = True

    def _end(self, tag: str) -> None:
        kind = self._kinds.get(tag)
        if kind == "c":
            if self._in_cell:
                self._end_cell()
        elif kind == "v" or kind == "t":
            self._taking = False
        elif kind == "row":
            self._end_row()
        elif kind == "rPh":
            self._phonetic = False
        elif kind == "sheetData":
            self._in_data = False

    def _text(self, data: str) -> None:
        if self._taking:
            self._pieces.append(data)

    # Rows.

    def _reset_row(self) -> None:
        self._row: list[Any] = []
        self._place = -1
        self._struck: list[int] = []
        self._beyond = 0
        self._hidden = False

    def _begin_row(self, attributes: Attributes) -> None:
        self._reset_row()
        number = attributes.get("r", "")
        self._number = int(number) if number.isdigit() else self._number + 1
        self._hidden = attributes.get("hidden", "0").lower() in ("1", "true") or (
            attributes.get("ht", "") in ("0", "0.0") and attributes.get("customHeight", "0") != "0"
        )

    def _end_row(self) -> None:
        if self._merged:
            self._fill_down()
        if self._row or self._beyond:
            flaw = "hidden_row" if self._hidden else ""
            self._done.append(Line(self._number, self._row, flaw, tuple(self._struck), self._beyond))

    def _fill_down(self) -> None:
        for column, (last, value) in list(self._holding.items()):
            if self._number > last:
                del self._holding[column]
            elif any(cell is not None for cell in self._row):
                self._put(column, value)
        for column, last in self._merged.get(self._number, ()):
            if column < len(self._row) and self._row[column] is not None:
                self._holding[column] = (last, self._row[column])

    def _put(self, place: int, value: Any) -> None:
        missing = place + 1 - len(self._row)
        if missing > 0:
            self._row.extend([None] * missing)
        if self._row[place] is None:
            self._row[place] = value

    # Cells.

    def _reset_cell(self) -> None:
        self._pieces: list[str] = []
        self._type, self._style = "n", _NO_STYLE
        self._in_cell = self._taking = self._formula = self._phonetic = self._rich = self._written = False

    def _begin_cell(self, attributes: Attributes) -> None:
        self._in_cell, self._formula, self._written = True, False, False
        self._pieces.clear()
        self._type = attributes.get("t", "n")
        style = attributes.get("s")
        if style is None:
            self._style = _NO_STYLE
        else:
            styles, number = self.book.styles, int(style) if style.isdigit() else -1
            self._style = styles[number] if 0 <= number < len(styles) else _NO_STYLE
        self._rich = "vm" in attributes
        place = attributes.get("r")
        if place is None:
            self._place += 1
        else:
            letters = place.rstrip("0123456789")
            number = self._columns.get(letters, -1)
            if number < 0:
                number = self._columns[letters] = column_of(letters.strip("$").upper())
            self._place = number

    def _end_cell(self) -> None:
        self._in_cell = False
        text = "".join(self._pieces)
        if not text and not self._formula:
            return
        value = self._value(text)
        if value is None or value == "":
            return
        if not 0 <= self._place < MOST_CELLS:
            self._beyond += 1
            return
        self._put(self._place, value)
        if self._style.struck or (self._type == "s" and self._struck_text(text)):
            self._struck.append(self._place)

    def _struck_text(self, text: str) -> bool:
        return bool(self.book.struck_texts) and text.strip().isdigit() and int(text) in self.book.struck_texts

    def _value(self, text: str) -> Any:
        kind = self._type
        if kind == "s":
            number = text.strip()
            place = int(number) if number.isdigit() else -1
            return self.book.texts[place] if 0 <= place < len(self.book.texts) else None
        if kind == "e":
            return Flaw("picture", "") if self._rich else Flaw("error_cell", text or "#")
        if kind in ("str", "inlineStr"):
            if self._formula and not self._written:
                return Flaw("formula_empty", "")
            return Flaw("picture", "") if _DISPIMG.match(text) else character_of_xml(text)
        text = text.strip()
        if not text:
            return Flaw("formula_empty", "") if self._formula else None
        if kind == "b":
            return _BOOLEANS.get(text.lower(), text)
        if kind == "d":
            return _iso(text, self._style)
        return self._number_shown(text)

    def _number_shown(self, text: str) -> Any:
        if self._style.shows is Shows.NUMBER:
            return plain_number(text)
        try:
            serial = float(text)
        except ValueError:
            return text
        return moment_shown(
            serial + (FROM_1904 if self.book.from_1904 else 0), self._style.shows
        ) or plain_number(text)


def plain_number(text: str) -> Any:
    """A number that is only a number; what is none is the text that it is."""
    if _INTEGER.fullmatch(text) and len(text) < 400:
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def moment_shown(serial: float, shows: Shows) -> date | datetime | None:
    """The day or the time that people see; nothing where it lies outside the years that are read."""
    if not SERIAL_FROM <= serial < SERIAL_TO:
        return None
    moment = serial_moment(serial + (_ROUND_MIDNIGHT if shows is Shows.DAY else 0))
    return moment.date() if moment and shows is Shows.DAY else moment


def _iso(text: str, style: Style) -> Any:
    """A cell of type d, which has no zone. Where one stands behind it nevertheless, an offset is meant; a Z may not be."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= LONGEST_DAY:
        return moment.date()
    if text[-1] in "Zz":
        return Flaw("zone", text)
    moment = (moment.astimezone(UTC) + CHINA if moment.tzinfo else moment).replace(tzinfo=None)
    if style.shows is Shows.DAY:
        return (moment + timedelta(minutes=1)).date()
    return moment.replace(microsecond=0)
