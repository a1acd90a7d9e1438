"""The books as their rows are now, block by block, against their seals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from core.shanghai import to_the_microsecond
from core.signing.sm3 import sm3
from subsidies.heads.books import BOOKS, Book
from subsidies.models import BookSeal

BEGINNING = bytes(32)
_ROWS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class BookFault:
    """What is wrong at which seal of which book: what (a key of FAULTS), and its particulars."""

    book: Book
    no: int
    what: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        """The fault as a sentence in the language that is active."""
        return str(FAULTS[self.what]) % {"book": self.book.title, "no": self.no, **self.facts}


FAULTS = {
    "missing": _("%(book)s：第 %(no)s 个封存缺失"),
    "link": _("%(book)s：第 %(no)s 个封存接不上前一个：其中一个被改写"),
    "count": _("%(book)s：第 %(no)s 个封存有 %(sealed)s 条，现有 %(found)s 条：有记录被删除或插入"),
    "content": _("%(book)s：第 %(no)s 个封存的 %(sealed)s 条中有被改动的"),
}


def verify_books() -> list[BookFault]:
    """Recompute every chain and the content of every block. An empty list: all is right."""
    return [fault for book in BOOKS for fault in _faults(book)]


def book_heads() -> dict[str, tuple[int, str]]:
    """By book: its last seal and that seal's hash in hexadecimal."""
    return {seal.book: (seal.no, bytes(seal.hash).hex()) for seal in BookSeal.objects.order_by("book", "no")}


def digest_of(book: Book, since: datetime | None, until: datetime) -> tuple[int, bytes]:
    """How many rows were recorded from one moment to before another, and SM3 over all of them."""
    count, hashed = 0, Hash(SM3())
    for count, line in enumerate(_lines(book, since, until), 1):  # noqa: B007 - the last one is how many
        hashed.update(f"{line}\n".encode())
    return count, hashed.finalize()


def link(head: bytes, book: Book, no: int, until: datetime, sealed: tuple[int, bytes]) -> bytes:
    """The hash of a seal: over the one before and what this one says."""
    entries, digest = sealed
    return sm3(head, f"{book.name}|{no}|{to_the_microsecond(until)}|{entries}|{digest.hex()}".encode())


def _faults(book: Book) -> Iterator[BookFault]:
    head, expected, since = BEGINNING, 1, None
    for seal in BookSeal.objects.filter(book=book.name).order_by("no").iterator():
        sealed = seal.entries, bytes(seal.digest)
        if seal.no != expected:
            yield BookFault(book, expected, "missing", {})
        elif bytes(seal.hash) != link(head, book, seal.no, seal.until, sealed):
            yield BookFault(book, seal.no, "link", {})
        count, digest = digest_of(book, since, seal.until)
        if count != seal.entries:
            yield BookFault(book, seal.no, "count", {"sealed": seal.entries, "found": count})
        elif digest != bytes(seal.digest):
            yield BookFault(book, seal.no, "content", {"sealed": seal.entries})
        head, expected, since = bytes(seal.hash), seal.no + 1, seal.until


def _lines(book: Book, since: datetime | None, until: datetime) -> Iterator[str]:
    """The rows in one line of text each, their times in UTC; a few thousand are in memory at a time."""
    with transaction.atomic(), connection.cursor() as zone, connection.chunked_cursor() as cursor:
        zone.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute(
            f"SELECT jsonb_build_array({', '.join(book.columns)})::text FROM {book.table}"  # noqa: S608 - constant names
            " WHERE recorded_at >= %s AND recorded_at < %s ORDER BY recorded_at, id",
            [since or datetime.min.replace(tzinfo=UTC), until],
        )
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from (line for (line,) in rows)
