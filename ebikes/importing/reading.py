"""What was read of a file, and what was not: so that the preview can account for every row and every column.

Kept as JSON with the import. The first values of unknown columns may be anybody's number, and are kept sealed.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.problems import sentence
from ebikes.models import ImportBatch

A_SHEET = 10_000_000  # lines: of the sheets that were read, the second begins with this one
SHOWN = 20  # lines that are named one by one
FIRST = 3  # values of an unknown column that are kept


@dataclass(slots=True)
class Skipped:
    """Rows that were passed over, for a reason of `_SKIPPED`; `lines`: the first of them."""

    why: str
    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class UnknownColumn:
    """A column that was not read: its title as written ("" where it has none), its letter, how many cells it fills."""

    title: str
    letter: str
    filled: int = 0
    nearest: str = ""  # the key of the column that it may have been meant for
    first: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SheetRead:
    """A sheet that was read. `rows` are those with anything in them beside the header: read or skipped."""

    name: str
    number: int
    hidden: bool
    header_line: int
    rows: int = 0
    read: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    unknown: list[UnknownColumn] = field(default_factory=list)
    cells_not_read: int = 0
    hidden_columns: list[str] = field(
        default_factory=list
    )  # titles of those that were read, though nobody sees them

    def skip(self, why: str, line: int) -> None:
        """Pass over a row, and say so."""
        found = next((each for each in self.skipped if each.why == why), None)
        if found is None:
            self.skipped.append(found := Skipped(why))
        found.count += 1
        if len(found.lines) < SHOWN:
            found.lines.append(line)


@dataclass(slots=True)
class SheetLeft:
    """A sheet with something in it that was not read. `why`: "hidden", "no_header" or "header_incomplete"."""

    name: str
    hidden: bool
    rows: int
    more: bool
    why: str
    lacking: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Note:
    """Something to be said of the whole file, as a problem is of a row."""

    kind: str
    params: dict[str, Any]


@dataclass(slots=True)
class Reading:
    """All of it. It is filled while the file is read, and complete at its end."""

    sheets: list[SheetRead] = field(default_factory=list)
    others: list[SheetLeft] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    written_in: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(sheet.rows for sheet in self.sheets)

    @property
    def read(self) -> int:
        return sum(sheet.read for sheet in self.sheets)

    @property
    def skipped(self) -> int:
        return self.rows - self.read

    @property
    def cells_not_read(self) -> int:
        return sum(sheet.cells_not_read for sheet in self.sheets)

    def as_json(self) -> dict[str, Any]:
        """As it is kept, without the values of unknown columns."""
        kept = asdict(self)
        for sheet in kept["sheets"]:
            for column in sheet["unknown"]:
                del column["first"]
        return kept

    @property
    def asked(self) -> SheetRead:
        """The first sheet that was read with a title that nobody knows; the first of all where there is none."""
        return next(
            (sheet for sheet in self.sheets if any(each.title for each in sheet.unknown)), self.sheets[0]
        )

    def samples(self) -> str:
        """The first values of the unknown columns of that sheet, by their letters, as JSON."""
        return json.dumps({column.letter: column.first for column in self.asked.unknown}, ensure_ascii=False)

    @classmethod
    def of(cls, batch: ImportBatch) -> Self | None:
        """What was read of an import's file; nothing of one that was typed, or could not be read."""
        kept = batch.reading
        if not kept:
            return None
        sheets = [
            SheetRead(
                **{
                    **sheet,
                    "skipped": [Skipped(**each) for each in sheet["skipped"]],
                    "unknown": [UnknownColumn(**each) for each in sheet["unknown"]],
                }
            )
            for sheet in kept["sheets"]
        ]
        others = [SheetLeft(**each) for each in kept["others"]]
        return cls(sheets, others, [Note(**each) for each in kept["notes"]], kept["written_in"])


def samples_of(batch: ImportBatch) -> dict[str, list[str]]:
    """The first values of each unknown column, by its letter."""
    found: dict[str, list[str]] = json.loads(batch.samples or "{}")
    return found


def place(batch: ImportBatch, line: int) -> str:
    """A line as people find it: its row, with its sheet where several were read."""
    sheets = (batch.reading or {}).get("sheets", [])
    number, row = divmod(line, A_SHEET)
    return f"{sheets[number]['name']}!{row}" if len(sheets) > 1 and number < len(sheets) else str(row)


def sentences(batch: ImportBatch, *, columns: bool = True) -> list[str]:
    """Everything that the preview has to say about the file itself, in order; of its unknown titles only with `columns`."""
    reading = Reading.of(batch)
    return list(_said(reading, batch, columns)) if reading else []


def _said(reading: Reading, batch: ImportBatch, columns: bool) -> Iterator[str]:
    for sheet in reading.sheets:
        yield from _of_sheet(sheet)
    for other in reading.others:
        yield _left_in_words(other)
    titles = {column.key: column.title for column in LAYOUTS[batch.kind].columns}
    for sheet in reading.sheets:
        for column in sheet.unknown if columns else [each for each in sheet.unknown if not each.title]:
            yield _unknown_in_words(column, titles)
    for note in reading.notes:
        yield sentence(note.kind, note.params)


def _of_sheet(sheet: SheetRead) -> Iterator[str]:
    if sheet.name:
        yield _sheet_in_words(sheet)
    if sheet.hidden_columns:
        yield _("隐藏的列也读取了：%s") % _("、").join(sheet.hidden_columns)
    for skipped in sheet.skipped:
        yield _(_SKIPPED[skipped.why]) % {"count": skipped.count, "lines": _lines(skipped)}


def _sheet_in_words(sheet: SheetRead) -> str:
    said = {"name": sheet.name, "rows": sheet.rows, "read": sheet.read}
    if sheet.hidden:
        return _("读取的是隐藏的工作表“%(name)s”：有 %(rows)s 行内容，读取了 %(read)s 行") % said
    return _("工作表“%(name)s”：有 %(rows)s 行内容，读取了 %(read)s 行") % said


def _lines(skipped: Skipped) -> str:
    listed = _("、").join(str(line) for line in skipped.lines)
    return listed + (" …" if skipped.count > len(skipped.lines) else "")


def _left_in_words(other: SheetLeft) -> str:
    rows = f"{other.rows}+" if other.more else str(other.rows)
    said = {"name": other.name, "rows": rows, "lacking": _("、").join(other.lacking)}
    return _(_LEFT[other.why]) % said


def _unknown_in_words(column: UnknownColumn, titles: dict[str, str]) -> str:
    said = {"title": column.title, "letter": column.letter, "count": column.filled}
    if not column.title:
        return _("%(letter)s 列没有列名，其中 %(count)s 格没有读取") % said
    if column.nearest:
        said["nearest"] = titles[column.nearest]
        return _("“%(title)s”一列没有读取(%(count)s 格)：是否应为“%(nearest)s”？") % said
    return _("“%(title)s”一列没有读取(%(count)s 格)") % said


_SKIPPED = {
    "header_again": gettext_noop("%(count)s 行与表头相同，没有读取：第 %(lines)s 行"),
    "above": gettext_noop("表头之上的 %(count)s 行没有读取：第 %(lines)s 行"),
    "elsewhere": gettext_noop("%(count)s 行只在没有读取的列里有内容，没有读取：第 %(lines)s 行"),
    "untouched": gettext_noop("%(count)s 行只有模板预填的内容，没有读取：第 %(lines)s 行"),
    "total": gettext_noop("%(count)s 行是合计、签名或说明，没有读取：第 %(lines)s 行"),
}
_LEFT = {
    "hidden": gettext_noop(
        "隐藏的工作表“%(name)s”也有这些列名(%(rows)s 行)，没有读取；要导入请取消隐藏后再传"
    ),
    "no_header": gettext_noop("工作表“%(name)s”(%(rows)s 行)里没有认识的列名，没有读取"),
    "header_incomplete": gettext_noop("工作表“%(name)s”(%(rows)s 行)没有读取：表头缺少 %(lacking)s"),
}


def letter_of(place: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
