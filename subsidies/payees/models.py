"""What the operator said of a payee's name, and what the owner is told."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded
from subsidies.claims.models.claim import Claim


class PayeeCheck(Recorded):
    """Whether the payee's wallet, or phone, belongs to the owner of the record, as the operator says. Rows are only added.

    `payee_index`: the blind index of what was asked about, so that another payee is asked about again; `payee_digest`: the
    same for good, for its mark (`Payee.digest`). What is not a match holds the claim (`sql/payees.sql`).
    """

    class Result(models.TextChoices):
        MATCH = "match", _("实名一致")
        MISMATCH = "mismatch", _("实名不一致")
        NO_WALLET = "no_wallet", _("没有可收款的钱包")

    claim = models.ForeignKey(
        Claim, models.PROTECT, related_name="payee_checks", verbose_name=_("补贴申请"), db_index=False
    )
    payee_index = models.BinaryField(_("收款信息索引"), max_length=16)
    payee_digest = models.BinaryField(_("收款信息摘要"), max_length=16)
    result = models.CharField(_("结果"), max_length=12, choices=Result)
    request_id = models.CharField(_("请求编号"), max_length=64)
    at = models.DateTimeField(_("应答时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("收款人实名核对")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [as_recorded("names_as_recorded")]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_payee_is_asked_about_once", fields=["claim", "payee_index"]),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.get_result_display()}"


class OwnerNotice(models.Model):
    """That a claim's payee was changed, to be told to its owner on every number that is known. PostgreSQL writes it."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="owner_notices", verbose_name=_("补贴申请"))
    at = models.DateTimeField(_("更正时间"))
    next_try_at = models.DateTimeField(_("下次发送"))
    tries = models.PositiveSmallIntegerField(_("发送次数"), default=0, db_default=0)
    told_at = models.DateTimeField(_("告知时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("告知车主")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(
                name="owners_to_be_told", fields=["next_try_at"], condition=models.Q(told_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.at:%Y-%m-%d}"
