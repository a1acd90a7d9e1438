"""Payouts in digital yuan: a maker builds a batch, somebody else releases it, the operator is asked until it answers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.privacy.sealing import SealedField
from subsidies.claims.models.claim import Claim
from subsidies.schemes.models.scheme import Scheme


class PayoutBatch(models.Model):
    """One transfer order to the operator, known to it by `request_no` for ever."""

    class State(models.TextChoices):
        DRAFT = "draft", _("待放行")
        RELEASED = "released", _("已放行")
        FINISHED = "finished", _("已完成")
        DISCARDED = "discarded", _("已作废")

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="payout_batches", verbose_name=_("补贴方案")
    )
    request_no = models.CharField(_("批次请求号"), max_length=32, unique=True)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("制单人")
    )
    made_at = models.DateTimeField(_("制单时间"))
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("放行人"),
    )
    released_at = models.DateTimeField(_("放行时间"), null=True, blank=True)
    next_ask_at = models.DateTimeField(_("下次联系运营机构"), null=True, blank=True)
    ask_attempts = models.PositiveIntegerField(_("联系次数"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("发放批次"), pgettext_lazy("many", "发放批次")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="maker_and_releaser_are_two_people",
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("made_by")),
            ),
            models.CheckConstraint(
                name="a_released_batch_names_its_releaser",
                condition=Q(state__in=["draft", "discarded"])
                | Q(released_by__isnull=False, released_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.request_no


class PayoutLine(models.Model):
    """One payment. Its `request_no` is the idempotency number: an unknown outcome is asked about under the same one."""

    class State(models.TextChoices):
        READY = "ready", _("待发送")
        UNKNOWN = "unknown", _("结果待查")
        SUCCESS = "success", _("成功")
        FAILED = "failed", _("失败")
        DISCARDED = "discarded", _("已作废")

    batch = models.ForeignKey(
        PayoutBatch, models.PROTECT, related_name="lines", verbose_name=_("发放批次"), db_index=False
    )
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="payout_lines", verbose_name=_("补贴申请"))
    request_no = models.CharField(_("请求号"), max_length=32, unique=True)
    amount_fen = models.BigIntegerField(_("金额(分)"))
    payee_name = models.CharField(_("收款人"), max_length=64)
    payee_wallet = SealedField(_("收款钱包"), null=True, blank=True)
    payee_phone = SealedField(_("收款手机号"), null=True, blank=True)
    payee_operator = models.CharField(_("钱包运营机构"), max_length=32, blank=True)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.READY)
    fail_reason = models.CharField(_("失败原因"), max_length=64, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("发放明细")
        ordering: ClassVar = ["batch", "id"]
        indexes: ClassVar = [models.Index(name="payments_of_a_batch", fields=["batch", "id"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_live_payment_per_claim",
                fields=["claim"],
                condition=~Q(state__in=["failed", "discarded"]),
            ),
            models.CheckConstraint(name="payments_are_positive", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="a_payment_has_an_address",
                condition=Q(payee_wallet__isnull=False) | Q(payee_phone__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.request_no
