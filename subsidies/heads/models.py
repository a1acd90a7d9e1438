"""The books that stand under signed heads beside ledger and audit trail."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class BookSeal(models.Model):
    """A link of one book's chain: every row that was recorded from the seal before up to `until` (`books.py`).

    As an `AuditSeal`: `digest` is SM3 over those rows, each in one line of text, in the order of their time; `hash` is SM3
    over the hash before and what this seal says. `sql/books.sql` takes seals only in order, from a process of ours.
    """

    book = models.CharField(_("簿册"), max_length=16)
    no = models.BigIntegerField(_("序号"))
    until = models.DateTimeField(_("截至"))
    entries = models.BigIntegerField(_("条数"))
    digest = models.BinaryField(_("内容摘要"), max_length=32)
    hash = models.BinaryField(_("链值"), max_length=32)
    sealed_at = models.DateTimeField(_("封存时间"), db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = _("簿册封存")
        ordering: ClassVar = ["book", "no"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="seals_of_a_book_are_numbered", fields=["book", "no"])
        ]

    def __str__(self) -> str:
        return f"{self.book} #{self.no}"
