"""What is kept of an order beside it: how it passed the gate, what the operator answered, what stood in its book."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded
from core.privacy.sealing import SealedField
from subsidies.payouts.models.order import PayoutBatch


class GatePass(models.Model):
    """That what an order rests upon was proved before it left, but for the payments that were `withheld` (their ids).

    `settled_at`, by the database's clock: what was written down before that had to be seen. Rows are only ever added.
    """

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="passes", verbose_name=_("发放批次"))
    at = models.DateTimeField(_("核实时间"))
    settled_at = models.DateTimeField(_("此前的记录均已可见"))
    withheld = ArrayField(models.BigIntegerField(), verbose_name=_("扣下的明细"), default=list, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("发放前的核实")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.at:%Y-%m-%d}"


class OperatorAnswer(Recorded):
    """What the operator answered about an order, as it was received. Rows are only ever added.

    `proof`: its signature over just this, and what it refers to (`ebikes.licensing.signatures.proves`).
    """

    class Asked(models.TextChoices):
        SENT = "sent", _("发送指令")
        QUERIED = "queried", _("查询结果")

    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="answers", verbose_name=_("发放批次"))
    asked = models.CharField(_("询问"), max_length=8, choices=Asked)
    at = models.DateTimeField(_("应答时间"))
    http_status = models.PositiveSmallIntegerField(_("HTTP 状态"), null=True, blank=True)
    problem = models.CharField(_("未知原因"), max_length=32, blank=True)
    request_id = models.CharField(_("请求编号"), max_length=64)
    raw = SealedField(_("原始应答"), bound_to=["batch_id", "request_id"])
    proof = models.JSONField(_("签名"), default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("运营机构应答")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [as_recorded("operators_answers_as_recorded")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.get_asked_display()} {self.request_id}"


class OperatorPayment(models.Model):
    """A payment that stood in the operator's book while payouts were stopped, and not in ours. It is never sent again."""

    number = models.CharField(_("请求号"), max_length=64, unique=True)
    amount_fen = models.BigIntegerField(_("金额(分)"))
    paid_at = models.DateTimeField(_("付款时间"), null=True, blank=True)
    memo = models.CharField(_("附言"), max_length=128, blank=True)
    read_at = models.DateTimeField(_("读回时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("读回的付款")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.number
