"""The books that stand under signed heads beside ledger and audit trail."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
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


class Verification(models.Model):
    """One run of the whole proof: ledger, periods, trail, heads, books, decisions. Asked for by somebody, or each night.

    `faults`: how many things were wrong, `told`: the first of them in words; both empty while it runs. `compared`: how many
    rows of each kind there were when it began (`selectors/amounts.py`); empty where only the tables themselves were.
    """

    begun_at = models.DateTimeField(_("开始时间"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("发起人"),
    )
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    faults = models.PositiveIntegerField(_("不符之处"), null=True, blank=True)
    told = models.JSONField(_("说明"), default=list, blank=True)
    compared = models.JSONField(_("核对数量"), default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("账目和审计链核对")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_finished_verification_says_what_it_found",
                condition=Q(finished_at__isnull=True, faults__isnull=True)
                | Q(finished_at__isnull=False, faults__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d %H:%M}"
