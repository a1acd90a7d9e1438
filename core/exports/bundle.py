"""A list as documents: one for each of its rows, all in one archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from core.models import Export, User


@dataclass(frozen=True, slots=True)
class Copy:
    """Who has the documents made, for what, and whether people stand in them as they are."""

    by: User
    purpose: str
    in_full: bool


class Document(NamedTuple):
    """A file of the archive, and its line in the archive's index."""

    name: str
    content: bytes
    line: tuple[str, ...]


class Bundle(Protocol):
    """What makes the documents of a list. `most`: so many at once, and no more; `titles`: of the index's columns."""

    most: int

    def titles(self) -> tuple[str, ...]:
        """The titles of the index's columns."""

    def documents(self, rows: QuerySet[Any], copy: Copy) -> Iterator[Document]:
        """One for each row, in their order."""


def drawn(rows: QuerySet[Any], export: Export) -> QuerySet[Any]:
    """Those rows that were asked for. A sample is drawn by the export's own number, so that anybody can draw it again:
    the first ones in the order of MD5("<export>:<row>").
    """
    if export.sample is None:
        return rows
    lot = MD5(Concat(Value(f"{export.pk}:"), Cast(F("pk"), TextField())))
    return rows.order_by(lot, "pk")[: export.sample]
