"""What is known outside the database of the money that left: a small file on other storage.

Before an order leaves, the heads of the ledgers and the order's number are written there. A database restored from a
backup lies behind it, and is found out before it sends anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from core.durable import write_whole

ORDERS_KEPT = 50


class UnreadableAnchor(Exception):
    """The file is there, and it is not an anchor."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """`heads`: by scheme code the last ledger row and its hash (hex); `orders`: the numbers that left last, in order."""

    heads: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    orders: tuple[str, ...] = ()

    def with_order(self, number: str, heads: Mapping[str, tuple[int, str]]) -> "Anchor":
        """The same after this order; a head never goes back."""
        newest = {code: max(head, self.heads.get(code, head)) for code, head in heads.items()}
        kept = [each for each in self.orders if each != number][-(ORDERS_KEPT - 1) :]
        return Anchor({**self.heads, **newest}, (*kept, number))


def anchor_path() -> Path | None:
    """Where it is; None where none is kept (a machine to try things on)."""
    return Path(settings.ANCHOR_FILE) if settings.ANCHOR_FILE else None


def read_anchor(path: Path) -> Anchor | None:
    """What it says; None where there is none yet. Raises UnreadableAnchor."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        heads = {str(code): (int(seq), str(head)) for code, (seq, head) in told["heads"].items()}
        return Anchor(heads, tuple(map(str, told["orders"])))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableAnchor(str(error)) from error


def write_anchor(path: Path, anchor: Anchor) -> None:
    """On the disk before it returns, whole or not at all."""
    told = {"heads": anchor.heads, "orders": anchor.orders}
    write_whole(path, json.dumps(told, ensure_ascii=False, indent=1))
