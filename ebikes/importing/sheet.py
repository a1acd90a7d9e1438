"""What every opener of files hands to the reader: sheets, and their rows."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MOST_CELLS = 1000  # of a row: columns of people's tables are counted in tens


class Line(NamedTuple):
    """One row as it stands in a sheet. `flaw`: the kind of problem that the whole row has, as being hidden.

    `struck`: the places of the filled cells that are crossed out. `beyond`: filled cells that are too far out to be kept.
    """

    number: int
    cells: Sequence[Any]
    flaw: str = ""
    struck: tuple[int, ...] = ()
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that can be read. `lines` begins anew each time. `plain`: cells are text without types, as in CSV.

    `hidden_columns`: the places (first and last) that nobody sees, known once the first line is read.
    """

    name: str
    hidden: bool
    lines: Callable[[], Generator[Line, None, None]]
    plain: bool = False
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    def hides(self, place: int) -> bool:
        """Whether the column at a place is one that nobody sees."""
        return any(first <= place <= last for first, last in self.hidden_columns)


@dataclass(slots=True)
class Opened:
    """A file that was opened: its sheets in their order, how far its reading has come, and what it is written in."""

    sheets: Sequence[Sheet]
    progress: Callable[[], float]
    written_in: dict[str, str] = field(default_factory=dict)
