"""What a kind of file is made of: columns and rules; and how one row is judged by them."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext

from ebikes.importing.problems import Problem
from ebikes.importing.text import Cell

Values = dict[str, Any]


class Column(NamedTuple):
    """One column: its key, the title on the template, the normaliser, and other titles it goes by.

    Files are Chinese: their titles are never translated, only explained.
    """

    key: str
    title: str
    normalise: Callable[[Cell], Any]
    required: bool = False
    also: tuple[str, ...] = ()
    limit: int = 0  # characters, for text that the database bounds

    @property
    def meaning(self) -> str:
        """The title in the language of the page; empty where that is the title itself."""
        meant = gettext(self.title)
        return "" if meant == self.title else meant


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to. `only_merchant` limits a merchant's own upload to itself."""

    merchants: frozenset[str] = frozenset()
    agent_points: frozenset[str] = frozenset()
    only_merchant: str | None = None


Rule = Callable[[Values, Known], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of file: its name, its columns, and rules over several of them. `key` is the column that names a record."""

    title: str | Promise
    key: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = field(default=())

    def column_named(self, header: Cell) -> str | None:
        """The key of the column that this header cell means, if any."""
        plain = plain_title(header)
        return next(
            (c.key for c in self.columns if plain in {plain_title(t) for t in (c.title, *c.also)}), None
        )


_BRACKETS = re.compile(r"[((\[【].*?[))\]】]")
_NOISE = re.compile(r"[\s**::_]+")


def plain_title(header: Cell) -> str:
    """A header without brackets, stars, blanks and case: what two spellings of one title share."""
    plain = unicodedata.normalize("NFKC", str(header or ""))
    return _NOISE.sub("", _BRACKETS.sub("", plain)).lower()


def validate(layout: Layout, cells: Sequence[Cell], known: Known) -> tuple[Values, list[Problem]]:
    """Normalise every cell (in the order of the layout's columns) and apply the row's rules; gather all problems."""
    values: Values = {}
    problems: list[Problem] = []
    for (key, title, normalise, required, _also, limit), cell in zip(layout.columns, cells, strict=True):
        if required and (not cell or (isinstance(cell, str) and cell.isspace())) and cell != 0:
            problems.append(Problem("missing", {"column": title}))
            continue
        try:
            value = values[key] = normalise(cell)
            if limit and len(value) > limit:
                problems.append(Problem("too_long", {"column": title, "limit": limit}))
        except Problem as problem:
            problem.params.setdefault("column", title)
            problems.append(problem)
    for rule in layout.rules:
        try:
            rule(values, known)
        except Problem as problem:
            problems.append(problem)
        except KeyError:
            pass  # the rule's cell has a problem of its own already
    return values, problems
