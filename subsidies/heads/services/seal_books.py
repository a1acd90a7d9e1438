"""Sealing what is complete of each book."""

from datetime import datetime

from django.db import connection, transaction

from core.audit.blocks import BEGINNING, link
from core.audit.proof import proof_of
from subsidies.heads.books import BOOKS, Book
from subsidies.heads.selectors.books import content
from subsidies.models import BookSeal


@transaction.atomic
def seal_books() -> int:
    """Seal what is complete by now; return of how many books. Of two at once one is refused (IntegrityError)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_settled()")
        (until,) = cursor.fetchone()
    return sum(_seal(book, until) for book in BOOKS)


def _seal(book: Book, until: datetime) -> bool:
    last = BookSeal.objects.filter(book=book.name).last()
    count, digest = content(book, last.until if last else None, until)
    if not count:
        return False
    no = last.no + 1 if last else 1
    hashed = link(bytes(last.hash) if last else BEGINNING, no, until, count, digest, of=book.name)
    proof = proof_of(f"seal {hashed.hex()}", to=connection)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seal_book(%s, %s, %s, %s, %s, %s, %s)",
            [book.name, no, until, count, digest, hashed, proof],
        )
    return True
