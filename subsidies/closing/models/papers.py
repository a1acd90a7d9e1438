"""What is handed to the finance bureau: payment requests, and every document as it was given out."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subsidies.closing.models.period import Period
from subsidies.schemes.models.scheme import Scheme


class PaymentRequest(models.Model):
    """A request for money (用款申请): what batches, or a closed month, come to. It is sealed and signed on paper.

    `lines`: `{"id", "batch", "made_on", "rows", "fen"}`, a batch each, in the order printed; `layout`: as it was in force.
    Never changed.
    """

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="payment_requests", verbose_name=_("补贴方案")
    )
    period = models.ForeignKey(
        Period,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payment_requests",
        verbose_name=_("月度关账"),
    )
    number = models.CharField(_("申请编号"), max_length=48, unique=True)
    purpose = models.CharField(_("用途"), max_length=200)
    lines = models.JSONField(_("各批次"))
    rows = models.PositiveIntegerField(_("笔数"))
    amount_fen = models.BigIntegerField(_("金额(分)"))
    layout = models.JSONField(_("版式"))
    keep_until = models.DateField(_("保管至"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("经办人")
    )
    made_at = models.DateTimeField(_("制作时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("用款申请")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_request_asks_for_money", condition=Q(amount_fen__gt=0, rows__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class KeptDocument(models.Model):
    """A document byte for byte as it was given out first; whoever asks again gets the same. No personal data is in it."""

    class What(models.TextChoices):
        VOUCHERS = "vouchers", _("记账凭证")
        REQUEST = "request", _("用款申请")

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        XLSX = "xlsx", "XLSX"

    period = models.ForeignKey(
        Period, models.PROTECT, null=True, related_name="documents", verbose_name=_("月度关账")
    )
    request = models.ForeignKey(
        PaymentRequest, models.PROTECT, null=True, related_name="documents", verbose_name=_("用款申请")
    )
    what = models.CharField(_("文件"), max_length=8, choices=What)
    file_format = models.CharField(_("格式"), max_length=4, choices=Format)
    content = models.BinaryField(_("内容"))
    sha256 = models.CharField(_("文件指纹"), max_length=64)
    made_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("已出具的文件")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_document_is_made_once",
                fields=["period", "request", "what", "file_format"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="a_document_belongs_somewhere",
                condition=Q(what="vouchers", period__isnull=False, request__isnull=True)
                | Q(what="request", period__isnull=True, request__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what}.{self.file_format}"
