"""The ledger: every fen that was funded, promised, paid, or came back. `sql/ledger.sql` guards it."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from subsidies.claims.models.claim import Claim
from subsidies.schemes.models.scheme import Scheme, Stage
from subsidies.schemes.models.scheme_change import SchemeChange


class LedgerEntry(models.Model):
    """One movement of money, append-only and hash-chained.

    A budget in a mutable column cannot answer "as of last month", and nobody outside can trust it. Here
    `hash = SHA-256(prev_hash ‖ payload)`, `payload` being the row's own fields in one line of text
    (`ledger_payload` in sql/ledger.sql), and the first row of a scheme chains to 32 zero bytes: whoever holds
    the export can recompute it. The sums on Scheme and Stage are this table's, kept by its trigger, which also sees, for
    all new rows at once, that their scheme, stage and claim exist: a foreign key would look each of them up by itself.

    `at` is when it happened in the programme's time, `recorded_at` the database's own clock when it was written. Money that
    comes or goes names the `change` that two people made, a payment its `order_no` and, as a digest, whom it went to.
    """

    class Kind(models.TextChoices):
        FUND = "fund", _("拨入")  # nothing → available
        CUT = "cut", _("调减")  # available → nothing
        RESERVE = "reserve", _("锁定")  # available → reserved
        RELEASE = "release", _("释放")  # reserved → available
        PAY = "pay", _("发放")  # reserved → paid
        RETURN = "return", _("退回")  # paid → available: the operator sent it back
        RECOVER = "recover", _("追回")  # paid → available: whoever had it paid it back, in whole or in part

    scheme = models.ForeignKey(
        Scheme,
        models.PROTECT,
        related_name="ledger",
        verbose_name=_("补贴方案"),
        db_index=False,
        db_constraint=False,
    )
    seq = models.BigIntegerField(_("序号"))
    kind = models.CharField(_("类别"), max_length=8, choices=Kind)
    stage = models.ForeignKey(
        Stage,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("阶段"),
        db_index=False,
        db_constraint=False,
    )
    claim = models.ForeignKey(
        Claim,
        models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="ledger",
        verbose_name=_("补贴申请"),
    )
    amount_fen = models.BigIntegerField(_("金额(分)"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("操作人"),
        db_index=False,
    )
    # Rules and orders that the row follows from; the trigger looks them up, in place of a foreign key.
    change = models.ForeignKey(
        SchemeChange,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("方案变更"),
        db_index=False,
        db_constraint=False,
    )
    order_no = models.CharField(_("付款指令号"), max_length=32, blank=True)
    payee_digest = models.CharField(_("收款方摘要"), max_length=64, blank=True)
    recorded_at = models.DateTimeField(_("记账时间"))
    ref = models.CharField(_("凭据"), max_length=64, blank=True)
    prev_hash = models.BinaryField(_("前值"), max_length=32)
    hash = models.BinaryField(_("链值"), max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = _("资金账目")
        ordering: ClassVar = ["scheme", "seq"]
        indexes: ClassVar = [
            models.Index(name="ledger_rows_of_a_kind", fields=["kind", "scheme", "seq"]),
            models.Index(name="steps_of_a_claims_money", fields=["claim", "seq"], include=["kind", "ref"]),
            BrinIndex(name="ledger_rows_of_a_month", fields=["at"], autosummarize=True),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="ledger_rows_are_numbered", fields=["scheme", "seq"]),
            models.UniqueConstraint(
                name="a_change_moves_its_money_once",
                fields=["change"],
                condition=models.Q(change__isnull=False),
            ),
            models.CheckConstraint(name="ledger_amounts_are_positive", condition=models.Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="all_but_funding_belongs_to_a_claim",
                condition=models.Q(kind__in=["fund", "cut"], claim__isnull=True, stage__isnull=True)
                | models.Q(~models.Q(kind__in=["fund", "cut"]), claim__isnull=False, stage__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id}#{self.seq} {self.kind} {self.amount_fen}"
