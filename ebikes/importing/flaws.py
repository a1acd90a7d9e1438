"""Cells and rows that cannot be taken as they stand, and say why themselves."""

from typing import Any, NamedTuple


class Flaw(NamedTuple):
    """What a reader hands over in place of a value: the kind of problem (see `problems.KINDS`), and what stood there."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


class FlawedRow(list[Any]):
    """The cells of a row that is refused as a whole, with the reason. What lies beyond the layout's columns comes last."""

    def __init__(self, cells: Any, flaw: Flaw) -> None:
        super().__init__(cells)
        self.flaw = flaw

    def __reduce__(self) -> tuple[Any, ...]:
        return FlawedRow, (list(self), self.flaw)
