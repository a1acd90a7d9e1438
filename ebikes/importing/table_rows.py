"""The rows of one sheet below its header: what of them is a record, and what is none; which digits were lost on the way."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import chain, islice
from operator import itemgetter

from django.utils.translation import gettext as _

from ebikes.importing import fields
from ebikes.importing.columns import Layout, plain_title
from ebikes.importing.digits import any_lost, column_is_rounded, lost, rounded
from ebikes.importing.flaws import Flaw, FlawedRow
from ebikes.importing.headers import Found
from ebikes.importing.layouts import EVENTS
from ebikes.importing.moments import SERIAL_FROM, SERIAL_TO
from ebikes.importing.problems import UnreadableFile
from ebikes.importing.reading import A_SHEET, FIRST, Note, Reading, SheetRead, UnknownColumn, letter_of
from ebikes.importing.row_widths import usual_width
from ebikes.importing.sheet import Line
from ebikes.importing.text import Cell

LOOKED_AT = 2000  # rows from which the habits of a sheet are known: its width, its digits
CODES = {fields.code, fields.stamped, fields.vehicle_code, fields.uscc, fields.wallet, fields.phone}
_TOTAL = re.compile(r"[合总小共]\s*计|汇\s*总|total", re.IGNORECASE)
_TOTALS_BEGIN = set("合总小共汇tT 　")
_REMARK = re.compile(
    r"制\s*表|填\s*[表报]|审\s*[核批]|复\s*核|经\s*办|负\s*责|签\s*[名字章]|盖\s*章|备\s*注|注\s*[::]|说\s*明|打\s*印|导\s*出"
)
MANY_TIMES = 5  # at one second of the minute, and at no other
FEW = 2  # filled cells of a line that is no record, at the end of a table


class SheetTable:
    """Reads one sheet; what it finds is noted in `sheet` as it goes."""

    def __init__(self, layout: Layout, found: Found, sheet: SheetRead, reading: Reading) -> None:
        self._found, self._sheet, self._reading = found, sheet, reading
        columns = layout.columns
        self._layout, self._columns = layout, columns
        places = [found.keys.index(c.key) if c.key in found.keys else -1 for c in columns]
        self._last = max(places)
        self._pick: Callable[[Sequence[Cell]], tuple[Cell, ...]] = itemgetter(*places)
        self._key = next(n for n, c in enumerate(columns) if c.key == layout.key)
        self._needed: Callable[[Sequence[Cell]], tuple[Cell, ...]] = itemgetter(
            *(n for n, c in enumerate(columns) if c.required)
        )
        there = [(n, c) for n, c in enumerate(columns) if places[n] >= 0]
        self._codes = [n for n, c in there if c.normalise in CODES or c.key == "id_no"]
        self._events = [n for n, c in there if c.key in EVENTS]
        self._known = {n for n, c in enumerate(columns) if c.key in layout.known}
        self._first_own = next(n for n, _c in enumerate(columns) if n not in self._known)
        self._titles = {plain_title(t) for c in columns for t in c.names}
        self._initials = (
            {title[:1] for title in self._titles}
            | set("*＊ 　\ufeff【[（(")
            | {t[:1] for c in columns for t in c.names}
        )
        self._place_of = places
        named = {place for place in places if place >= 0}
        self._unread = [place for place in range(len(found.header)) if place not in named]
        self._unknown = {column.letter: column for column in sheet.unknown}
        self._offset = sheet.number * A_SHEET
        self._width = len(found.header)
        self._rounded: list[int] = []
        self._seconds: dict[int, Counter[int]] = {n: Counter() for n in self._events}

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """The records; a line of one or two cells waits until it is known whether it is the table's end."""
        waiting: list[tuple[int, list[Cell]]] = []
        for line in self._lines():
            row = self._record(line)
            if row is None:
                continue
            if self._is_remark(row):
                waiting.append((line.number, row))
                continue
            for number, held in waiting:
                yield self._offset + number, held
            waiting.clear()
            yield self._offset + line.number, row
        for number, _row in waiting:
            self._sheet.skip("total", number)
        self._reading.notes += self._odd_seconds()

    def _odd_seconds(self) -> Iterator[Note]:
        """Columns of times that all lie at the same odd second: some writers are off by those of old local time."""
        for n, seconds in self._seconds.items():
            if seconds.total() >= MANY_TIMES and len(seconds) == 1 and (second := next(iter(seconds))):
                yield Note("odd_seconds", {"column": self._columns[n].title, "second": second})

    def _lines(self) -> Iterator[Line]:
        """The lines, after a look at the first of them."""
        head = list(islice(self._found.lines, LOOKED_AT))
        cells = [self._picked(line.cells) for line in head]
        certain = self._found.sheet.plain and any(any_lost(row[n] for row in cells) for n in self._codes)
        self._rounded = [
            n
            for n in self._codes
            if (
                certain or self._columns[n].normalise is not fields.uscc
            )  # a file often has one code throughout
            and column_is_rounded((row[n] for row in cells), certain=certain)
        ]
        if self._found.sheet.plain:
            price = next((n for n, column in enumerate(self._columns) if column.key == "price_fen"), None)
            place = self._place_of[price] if price is not None else -1
            self._width = usual_width(len(self._found.header), [line.cells for line in head], price=place)
        return chain(head, self._found.lines)

    def _picked(self, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        missing = self._last + 2 - len(cells)
        return self._pick([*cells, *[None] * max(1, missing)])

    def _record(self, line: Line) -> list[Cell] | None:
        """The cells of a line in the order of the columns; nothing where the line is blank or no record."""
        row = [*self._picked(line.cells)]
        if _blank(row):
            if self._note_unread(line):
                self._sheet.rows += 1
                self._sheet.skip("elsewhere", line.number)
            return None
        self._sheet.rows += 1
        if reason := self._no_record(line, row):
            self._sheet.skip(reason, line.number)
            return None
        if self._found.sheet.plain and len(line.cells) > self._width and not self._is_remark(row):
            return self._flawed(line, row, "extra_cells", str(len(line.cells) - len(self._found.header)))
        if self._unread or len(line.cells) > len(self._found.header) or line.beyond:
            self._note_unread(line)
        return self._flawed(line, row, line.flaw, "") if line.flaw else self._looked_at(line, row)

    def _no_record(self, line: Line, row: Sequence[Cell]) -> str:
        """Why a line is none, if it is not: the header again, what our template fills in, or a sum."""
        key = row[self._key]
        if isinstance(key, str) and self._is_title(key) and self._is_header(row):
            self._refuse_other_order(line, row)
            return "header_again"
        if self._is_untouched(row):
            return "untouched"
        return "total" if self._is_total(row) else ""

    def _looked_at(self, line: Line, row: list[Cell]) -> list[Cell]:
        """The row, with what has to be said of its digits, its days, and what is crossed out."""
        self._look_at_digits(row)
        for n in self._events:
            if row[n].__class__ is not str:
                row[n] = _day_of(row[n])
                if isinstance(row[n], datetime):
                    self._seconds[n][row[n].second] += 1
        return self._with_struck(line, row) if line.struck else row

    def _note_unread(self, line: Line) -> int:
        """Count the filled cells that no column reads."""
        cells, count = line.cells, line.beyond
        for place in self._unread:
            if place < len(cells) and cells[place] not in (None, ""):
                count += self._unread_cell(place, cells[place])
        if len(cells) > len(self._found.header):
            for place in range(len(self._found.header), len(cells)):
                if cells[place] not in (None, ""):
                    count += self._unread_cell(place, cells[place])
        self._sheet.cells_not_read += count
        return count

    def _unread_cell(self, place: int, cell: Cell) -> int:
        if isinstance(cell, str) and not cell.strip():
            return 0
        letter = letter_of(place)
        column = self._unknown.get(letter)
        if column is None:
            column = self._unknown[letter] = UnknownColumn("", letter)
            self._sheet.unknown.append(column)
        column.filled += 1
        if len(column.first) < FIRST:
            column.first.append(str(cell)[:100])
        return 1

    def _flawed(self, line: Line, row: list[Cell], kind: str, text: str) -> FlawedRow:
        named = set(self._place_of)
        rest = [
            cell for place, cell in enumerate(line.cells) if place not in named and cell not in (None, "")
        ]
        return FlawedRow([*row, *rest] if kind == "extra_cells" else row, Flaw(kind, text))

    def _is_title(self, cell: str) -> bool:
        """Whether a cell is a column's title; spared all cells that begin as no title does."""
        return cell[:1] in self._initials and plain_title(cell) in self._titles

    def _is_header(self, row: Sequence[Cell]) -> bool:
        named = sum(isinstance(cell, str) and plain_title(cell) in self._titles for cell in row)
        return named * 2 > sum(cell not in (None, "") for cell in row)

    def _is_untouched(self, row: Sequence[Cell]) -> bool:
        """Whether nothing stands there but what our own template fills in; of two or more, since a key alone is a slip."""
        if not self._known or (row[self._first_own] is not None and row[self._first_own] != ""):
            return False
        filled = {n for n, cell in enumerate(row) if cell is not None and cell != ""}
        return len(filled) > 1 and filled <= self._known

    def _refuse_other_order(self, line: Line, row: Sequence[Cell]) -> None:
        """A second table under the first may have its columns elsewhere: read as the first, it would be nonsense."""
        meant = [self._layout.column_named(cell) for cell in row]
        if any(
            key is not None and key != column.key for key, column in zip(meant, self._columns, strict=True)
        ):
            raise UnreadableFile(
                _("第 %s 行又是一个表头，列的顺序与上面的不同；请分成两个文件") % line.number
            )

    def _is_total(self, row: Sequence[Cell]) -> bool:
        """Whether the first filled cell says that it is a sum, and not all is there that a record needs."""
        first = row[self._key]
        if first is None or first == "":
            first = next(cell for cell in row if cell is not None and cell != "")
        if first.__class__ is not str or first[:1] not in _TOTALS_BEGIN:
            return False
        return _TOTAL.match(first.strip()) is not None and self._lacks(row)

    def _is_remark(self, row: Sequence[Cell]) -> bool:
        """Whether it may be a signature or a note: one or two cells are filled, and that is no beginning of a record."""
        if isinstance(row, FlawedRow) or not self._lacks(row):
            return False
        filled = [str(cell).strip() for cell in row if cell is not None and str(cell).strip()]
        if len(filled) > FEW + 1 or not filled:
            return False
        return _REMARK.match(filled[0]) is not None or (
            len(filled) <= FEW and not any(character.isdigit() for character in filled[0])
        )

    def _lacks(self, row: Sequence[Cell]) -> bool:
        needed = self._needed(row)
        return None in needed or "" in needed

    def _look_at_digits(self, row: list[Cell]) -> None:
        for n in self._codes:
            cell = row[n]
            if cell.__class__ is str and cell.isalnum() and cell.isascii() and cell[-1] != "0":
                continue  # neither a power of ten nor rounded: most of them
            if cell and (flaw := lost(cell)) is not None:
                row[n] = flaw
        for n in self._rounded:
            if rounded(row[n]):
                row[n] = Flaw("digits_lost", row[n])

    def _with_struck(self, line: Line, row: list[Cell]) -> list[Cell]:
        """A crossed-out record is refused; so is a crossed-out cell of one that stands."""
        struck = [n for n, place in enumerate(self._place_of) if place in line.struck]
        filled = [n for n, cell in enumerate(row) if cell is not None and cell != ""]
        if len(struck) * 2 > len(filled):  # what is merged with a row that stands is not crossed out itself
            return self._flawed(line, row, "struck_row", "")
        for n in struck:
            row[n] = Flaw("struck_cell", str(row[n]))
        return row


def _blank(cells: Sequence[Cell]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _day_of(cell: Cell) -> Cell:
    """A day typed into a cell that shows a clock becomes its midnight, or a whole number: a day all the same."""
    if isinstance(cell, datetime) and cell.time() == time(0):
        return cell.date()
    if isinstance(cell, date | str) or not isinstance(cell, int | float):
        return cell
    return int(cell) if SERIAL_FROM <= cell < SERIAL_TO and float(cell).is_integer() else cell
