"""What is printed: forms, each beginning on a page of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.money import yuan_and_fen
from merchants.documents.wording import plain
from subsidies.closing.layouts import Layout

MONEY = frozenset({"debit", "credit", "amount"})  # the fields that are fen
Value = str | int


def in_words(field: str, value: Value) -> str:
    """A cell as it is printed."""
    if isinstance(value, str):
        return plain(value)
    return yuan_and_fen(value) if field in MONEY else f"{value:,}"


@dataclass(frozen=True, slots=True)
class Form:
    """One voucher or request. `heads`: left, middle, right below the title; `rows`: by a layout's fields.

    `total`: what stands left of the first sum, and the sums by field. `below`: lines under the table. `names`: who stands at
    which place to sign, by its `fill`.
    """

    layout: Layout
    heads: tuple[str, str, str]
    rows: Sequence[dict[str, Value]]
    total: tuple[str, dict[str, int]]
    below: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    @property
    def summed_from(self) -> int:
        """The number of the first column with a sum."""
        _label, sums = self.total
        return next(at for at, column in enumerate(self.layout.columns) if column.field in sums)

    def signed(self) -> Iterator[tuple[str, str, bool]]:
        """Each place to sign: what it is called, who stands there, whether it is a seal's."""
        for sign in self.layout.signs:
            yield sign.label, plain(self.names.get(sign.fill, "")), sign.fill == "seal"
