"""What a kind of file is made of: columns and rules; and how one row is judged by them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from functools import cache
from typing import Any, NamedTuple

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext

from ebikes.importing.characters import folded, unguarded
from ebikes.importing.flaws import Flaw, FlawedRow
from ebikes.importing.problems import PERSONAL_COLUMNS, Problem
from ebikes.importing.sayings import SUSPECT, saying
from ebikes.importing.text import Cell

Values = dict[str, Any]


class Column(NamedTuple):
    """One column: its key, the title on the template, the normaliser, and other titles it goes by.

    Files are Chinese: their titles are explained to others; one in English is understood.
    """

    key: str
    title: str
    normalise: Callable[[Cell], Any]
    required: bool = False
    also: tuple[str, ...] = ()
    limit: int = 0  # characters, for text that the database bounds

    @property
    def heading(self) -> str:
        """What stands above the column in the files that we hand out; what is in brackets is not read."""
        meaning = self.meaning.partition(" (")[0]
        return f"{self.title} ({meaning})" if meaning else self.title

    @property
    def names(self) -> tuple[str, ...]:
        """All titles that it goes by, the English one among them."""
        return (self.title, *self.also, _in_english(self.title))

    @property
    def meaning(self) -> str:
        """The title in the language of the page; empty where that is the title itself."""
        meant = gettext(self.title)
        return "" if meant == self.title else meant


@cache
def _in_english(title: str) -> str:
    with translation.override("en"):
        return gettext(title)


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to. `only_merchant` limits a merchant's own upload to itself."""

    merchants: frozenset[str] = frozenset()
    agent_points: frozenset[str] = frozenset()
    only_merchant: str | None = None
    now: datetime = field(default_factory=timezone.now)


Rule = Callable[[Values, Known], None]
Note = Callable[[Values], list[Problem]]  # what somebody should look at in a row that is accepted


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of file: its name, its columns, and rules over several of them. `key` is the column that names a record.

    `known`: columns that our template fills in itself; a row with no other cell is none.
    """

    title: str | Promise
    key: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = field(default=())
    notes: tuple[Note, ...] = field(default=())
    known: frozenset[str] = frozenset()

    def column_named(self, header: Cell, titles: Mapping[str, str] | None = None) -> str | None:
        """The key of the column that this header cell means, if any. `titles`: what plain titles mean to somebody."""
        plain = plain_title(header)
        if titles and plain in titles:
            return titles[plain] or None
        return next((c.key for c in self.columns if plain in set(map(plain_title, c.names))), None)


_BRACKETS = re.compile(r"[((\[【].*?[))\]】]")
_NOISE = re.compile(r"[\s**::_]+")


def plain_title(header: Cell) -> str:
    """A header without brackets, stars, blanks and case: what two spellings of one title share."""
    plain = unguarded(folded(str(header or "")))
    return _NOISE.sub("", _BRACKETS.sub("", plain)).lower()


def nearest(layout: Layout, title: str, *, taken: Iterable[str]) -> str:
    """The key of the column that a title was likely meant for, among those that are not there; empty where none is like."""
    plain, there = plain_title(title), set(taken)
    best = (_LIKE, "")
    for column in layout.columns:
        if plain and column.key not in there:
            best = max(
                best,
                (
                    max(_likeness(plain, plain_title(each)) for each in column.names),
                    column.key,
                ),
            )
    return best[1]


_LIKE = 0.59  # two of three characters


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def validate(layout: Layout, cells: Sequence[Cell], known: Known) -> tuple[Values, list[Problem]]:
    """Normalise every cell (in the order of the layout's columns) and apply the row's rules; gather all problems.

    `values["pictures"]`: the titles of columns whose cells hold a picture that is not read.
    """
    if isinstance(cells, FlawedRow):
        return {}, [Problem(cells.flaw.kind, {"count": cells.flaw.text})]
    values: Values = {}
    problems: list[Problem] = []
    for column, cell in zip(layout.columns, cells, strict=True):
        key, title, normalise, required, _also, limit = column
        try:
            if cell.__class__ is str and cell and cell[0] not in SUSPECT:  # most cells
                value = values[key] = normalise(cell)
            elif (cell is None or cell == "") and not required:
                value = values[key] = normalise(None)
            else:
                value = values[key] = value_of(column, cell, values)
            if limit and len(value) > limit:
                raise Problem("too_long", {"limit": limit})
        except Problem as problem:
            problem.params.setdefault("column", title)
            problem.personal = problem.personal or key in PERSONAL_COLUMNS
            problems.append(problem)
    problems += broken_rules(layout, values, known)
    return values, problems


def broken_rules(layout: Layout, values: Values, known: Known) -> list[Problem]:
    """What the rules over several cells find wrong; one whose cells are not all there finds nothing."""
    found = []
    for rule in layout.rules:
        try:
            rule(values, known)
        except Problem as problem:
            found.append(problem)
        except KeyError:
            pass  # a cell of the rule has a problem of its own already
    return found


def value_of(column: Column, cell: Cell, values: Values) -> Any:
    """One cell of any kind as it is stored; a picture that is left is noted in `values`. Raises Problem."""
    if isinstance(cell, str) and cell[:1] in SUSPECT:
        cell = saying(cell)
    if isinstance(cell, Flaw):
        if cell.kind != "picture" or column.required:
            kind = "id_digits_lost" if column.key == "id_no" and cell.kind == "digits_lost" else cell.kind
            raise Problem(kind, {"value": cell.text})
        values.setdefault("pictures", []).append(column.title)
        cell = None
    if column.required and (cell is None or cell == ""):
        raise Problem("missing", {})
    return column.normalise(cell)


def checked(column: Column, cell: Cell, values: Values) -> Any:
    """One cell as it is stored, no longer than it may be. Raises Problem."""
    value = value_of(column, cell, values)
    if column.limit and len(value) > column.limit:
        raise Problem("too_long", {"limit": column.limit})
    return value


def notes_on(layout: Layout, values: Values) -> list[Problem]:
    """What somebody should look at in a row with which nothing is wrong."""
    found = [Problem("picture_left", {"column": title}) for title in values.get("pictures", ())]
    for note in layout.notes:
        found += note(values)
    return found
