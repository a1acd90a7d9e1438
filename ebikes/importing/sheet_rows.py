"""The rows of one XLSX sheet, streamed: dates told by what their format shows, and what is hidden, merged or crossed out.

A cell without a value that can be read becomes a Flaw; it is never taken for an empty one.
"""

from collections.abc import Generator
from contextlib import closing
from typing import Any

from core.storable import is_key
from ebikes.importing.archive import Attributes, local, new_parser
from ebikes.importing.cell_values import text_of_formula, value_of_type
from ebikes.importing.flaws import Flaw
from ebikes.importing.row_blocks import RowBlocks, merged_down
from ebikes.importing.sheet import MOST_CELLS, Line
from ebikes.importing.workbook import Workbook
from ebikes.importing.workbook_parts import Style

FROM_1904 = 1462  # days between the two ways of counting them
_NO_STYLE = Style()
_TEXTS = frozenset(("v", "t"))
_MARKS = frozenset(("f", "rPh", "sheetData"))  # rPh: how a character is read aloud


def is_hidden(attributes: Attributes, size: str, custom: str) -> bool:
    """Whether a row or column is hidden, or was made so narrow that nobody sees it; `size`, `custom`: its attributes."""
    return attributes.get("hidden", "0").lower() in ("1", "true") or (
        attributes.get(size, "") in ("0", "0.0") and attributes.get(custom, "0") != "0"
    )


def column_of(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class SheetRows:
    """Reads one sheet's part. `read`: how many of its bytes have been seen.

    `hidden_columns` takes the places of those that nobody sees, first to last.
    """

    def __init__(self, book: Workbook, part: str, hidden_columns: list[tuple[int, int]]) -> None:
        self.book = book
        self.part = part
        self._hidden_columns = hidden_columns
        self._columns: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        self._done: list[Line] = []
        self._number = 0
        self._holding: dict[int, tuple[int, Any]] = {}  # by column: up to which row what value holds
        self._in_data = False
        self._blocks = RowBlocks(book.archive, part, self._skipped)
        self._merged = {
            first: [(column_of(letters), last) for letters, last in ranges]
            for first, ranges in merged_down(book.archive, part).items()
        }
        self._pieces: list[str] = []
        self._type, self._style = "n", _NO_STYLE
        self._in_cell: bool = False
        self._taking = self._formula = self._aloud = self._rich = self._written = False
        self._reset_row()

    @property
    def read(self) -> int:
        return self._blocks.read

    def _skipped(self, last: int | None, count: int) -> None:
        self._number = last if last is not None else self._number + count

    # The stream: blocks of bytes become rows.

    def lines(self) -> Generator[Line, None, None]:
        """The rows with anything in them."""
        parser = new_parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        with closing(iter(self._blocks)) as blocks:
            for block in blocks:
                parser.Parse(block)
                yield from self._done
                self._done.clear()
        parser.Parse(b"", True)
        yield from self._done

    # The parser's events: some millions, so that no dictionary of methods stands between.

    def _start(self, tag: str, attributes: Attributes) -> None:
        kind = self._kinds.get(tag)
        if kind is None:
            kind = self._kinds[tag] = local(tag)
        if kind == "c":
            if self._in_data:
                self._begin_cell(attributes)
        elif kind in _TEXTS:
            self._taking = self._in_cell and not self._aloud and (kind == "t" or self._type != "inlineStr")
            self._written = True
        elif kind == "row":
            self._begin_row(attributes)
        elif kind == "col":
            self._note_column(attributes)
        elif kind in _MARKS:
            self._mark(kind, begins=True)

    def _end(self, tag: str) -> None:
        kind = self._kinds.get(tag)
        if kind == "c":
            if self._in_cell:
                self._end_cell()
        elif kind in _TEXTS:
            self._taking = False
        elif kind == "row":
            self._end_row()
        elif kind in _MARKS:
            self._mark(kind, begins=False)

    def _mark(self, kind: str, *, begins: bool) -> None:
        if kind == "f":
            self._formula = self._in_cell
        elif kind == "rPh":
            self._aloud = begins
        else:
            self._in_data = begins

    def _note_column(self, attributes: Attributes) -> None:
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if is_key(first) and is_key(last) and is_hidden(attributes, "width", "customWidth"):
            self._hidden_columns.append((int(first) - 1, int(last) - 1))

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
        self._number = int(number) if is_key(number) else self._number + 1
        self._hidden = is_hidden(attributes, "ht", "customHeight")

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

    def _begin_cell(self, attributes: Attributes) -> None:
        self._in_cell, self._formula, self._written = True, False, False
        self._pieces.clear()
        self._type = attributes.get("t", "n")
        style = attributes.get("s")
        if style is None:
            self._style = _NO_STYLE
        else:
            styles, number = self.book.styles, int(style) if is_key(style) else -1
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
        return bool(self.book.struck_texts) and is_key(text.strip()) and int(text) in self.book.struck_texts

    def _value(self, text: str) -> Any:
        kind = self._type
        if kind == "s":
            number = text.strip()
            place = int(number) if is_key(number) else -1
            return self.book.texts[place] if 0 <= place < len(self.book.texts) else None
        if kind == "e":
            return Flaw("picture", "") if self._rich else Flaw("error_cell", text or "#")
        if kind in ("str", "inlineStr"):
            return text_of_formula(text, unsaved=self._formula and not self._written)
        text = text.strip()
        if text:
            return value_of_type(kind, text, self._style.shows, epoch=FROM_1904 if self.book.from_1904 else 0)
        return Flaw("formula_empty", "") if self._formula else None
