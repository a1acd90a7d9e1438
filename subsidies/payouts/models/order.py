"""An order to the operator and its payments: a maker builds it, somebody else releases it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit.recorded import Recorded, as_recorded
from core.privacy.sealing import SealedField
from subsidies.claims.models.claim import Claim
from subsidies.payouts.doubts import Doubt
from subsidies.schemes.models.scheme import Scheme
from subsidies.supplements.models import Supplement

WHICH = ("claim_id", "request_no")  # what makes it this payment: its payee is sealed for just that


class PayoutBatch(models.Model):
    """One transfer order, known to the operator by `request_no` for ever, and to people by `number`: scheme, day, serial."""

    class State(models.TextChoices):
        DRAFT = "draft", _("待放行")
        RELEASED = "released", _("已放行")
        REJECTED = "rejected", _("运营机构不受理")
        FINISHED = "finished", _("已完成")
        DISCARDED = "discarded", _("已作废")

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="payout_batches", verbose_name=_("补贴方案")
    )
    number = models.CharField(_("批次号"), max_length=48, unique=True)
    request_no = models.CharField(_("批次请求号"), max_length=32, db_index=True)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("制单人")
    )
    made_at = models.DateTimeField(_("制单时间"))
    payer_wallet = models.CharField(
        _("付款钱包"), max_length=32
    )  # as the scheme had it when the batch was made
    payer_name = models.CharField(_("付款单位"), max_length=100)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("放行人"),
    )
    released_at = models.DateTimeField(_("放行时间"), null=True, blank=True)
    seen = models.CharField(_("放行时所见摘要"), max_length=64, blank=True, default="", db_default="")
    next_ask_at = models.DateTimeField(_("下次联系运营机构"), null=True, blank=True)
    ask_attempts = models.PositiveIntegerField(_("联系次数"), default=0)
    rejection = models.CharField(_("不受理的说法"), max_length=64, blank=True, default="", db_default="")

    class Meta:
        verbose_name, verbose_name_plural = _("发放批次"), pgettext_lazy("many", "发放批次")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(  # what was discarded never went out under its number
                name="one_order_under_a_number", fields=["request_no"], condition=~Q(state="discarded")
            ),
            models.CheckConstraint(
                name="a_batch_names_its_payer", condition=Q(payer_wallet__gt="", payer_name__gt="")
            ),
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
        return self.number


class PayoutLine(Recorded):
    """One payment: of the claim's subsidy, or of a supplement to it. Its `request_no` is the idempotency number
    (`numbers.py`): an unknown outcome is asked about under it.

    `payee_index`: the blind index of the wallet, or of the phone where there is none. `doubt`: why an answer about it was
    not believed, `said`: in which word.
    """

    class State(models.TextChoices):
        READY = "ready", _("待发送")
        UNKNOWN = "unknown", _("结果待查")
        SUCCESS = "success", _("成功")
        FAILED = "failed", _("失败")
        RETURNED = "returned", _("已退票")
        DISCARDED = "discarded", _("已作废")

    OVER: ClassVar = (State.FAILED, State.RETURNED)  # an attempt that is behind its claim

    batch = models.ForeignKey(
        PayoutBatch, models.PROTECT, related_name="lines", verbose_name=_("发放批次"), db_index=False
    )
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="payout_lines", verbose_name=_("补贴申请"))
    supplement = models.ForeignKey(
        Supplement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payout_lines",
        verbose_name=_("补发"),
    )
    request_no = models.CharField(_("请求号"), max_length=32, db_index=True)
    attempt = models.PositiveSmallIntegerField(_("第几次发放"), default=1, db_default=1)
    amount_fen = models.BigIntegerField(_("金额(分)"))
    payee_name = SealedField(_("收款人"), bound_to=WHICH)
    payee_wallet = SealedField(_("收款钱包"), null=True, blank=True, bound_to=WHICH)
    payee_phone = SealedField(_("收款手机号"), null=True, blank=True, bound_to=WHICH)
    payee_operator = models.CharField(_("钱包运营机构"), max_length=32, blank=True)
    payee_index = models.BinaryField(
        _("收款信息索引"), max_length=16, null=True
    )  # the guard wants it of new rows
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.READY)
    fail_reason = models.CharField(_("失败原因"), max_length=64, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    returned_at = models.DateTimeField(_("退回时间"), null=True, blank=True)
    doubt = models.CharField(_("存疑"), max_length=16, choices=Doubt, blank=True, default="", db_default="")
    said = models.CharField(_("运营机构的说法"), max_length=64, blank=True, default="", db_default="")

    class Meta:
        verbose_name = verbose_name_plural = _("发放明细")
        ordering: ClassVar = ["batch", "id"]
        indexes: ClassVar = [
            as_recorded("payments_as_recorded"),
            models.Index(name="payments_of_a_batch", fields=["batch", "id"]),
            models.Index(name="payments_in_doubt", fields=["id"], condition=~Q(doubt="")),
            models.Index(
                name="payments_made_by_day",
                fields=["finished_at"],
                condition=Q(state__in=["success", "returned"]),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_live_payment_per_claim",  # and supplement
                fields=["claim", "supplement"],
                nulls_distinct=False,
                condition=~Q(state__in=["failed", "returned", "discarded"]),
            ),
            models.UniqueConstraint(
                name="one_payment_under_a_number", fields=["request_no"], condition=~Q(state="discarded")
            ),
            models.CheckConstraint(name="payments_are_counted_from_one", condition=Q(attempt__gte=1)),
            models.CheckConstraint(
                name="only_an_unknown_payment_is_doubted", condition=Q(doubt="") | Q(state="unknown")
            ),
            models.CheckConstraint(
                name="what_was_made_says_when",
                condition=~Q(state__in=["success", "returned"]) | Q(finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="what_came_back_says_when", condition=~Q(state="returned") | Q(returned_at__isnull=False)
            ),
            models.CheckConstraint(name="payments_are_positive", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="a_payment_has_an_address",
                condition=Q(payee_wallet__isnull=False) | Q(payee_phone__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.request_no
