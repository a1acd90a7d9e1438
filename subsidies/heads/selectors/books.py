"""The books as their rows are now, block by block, against their seals."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from core.audit.blocks import Content, content_of, findings, lines_of
from subsidies.heads.books import BOOKS, Book
from subsidies.models import BookSeal


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
    return [
        BookFault(book, *each)
        for book in BOOKS
        for each in findings(
            BookSeal.objects.filter(book=book.name).order_by("no").iterator(),
            of=book.name,
            content=partial(content, book),
        )
    ]


def book_heads() -> dict[str, tuple[int, str]]:
    """By book: its last seal and that seal's hash in hexadecimal."""
    return {seal.book: (seal.no, bytes(seal.hash).hex()) for seal in BookSeal.objects.order_by("book", "no")}


def content(book: Book, since: datetime | None, until: datetime) -> Content:
    """What was recorded from one moment to before another: each row in one line of text, its times in UTC."""
    with transaction.atomic(), connection.cursor() as zone, connection.chunked_cursor() as cursor:
        zone.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute(
            f"SELECT jsonb_build_array({', '.join(book.columns)})::text FROM {book.table}"  # noqa: S608 - constant names
            " WHERE recorded_at >= %s AND recorded_at < %s ORDER BY recorded_at, id",
            [since or datetime.min.replace(tzinfo=UTC), until],
        )
        return content_of(lines_of(cursor))
