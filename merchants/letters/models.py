"""The commitment letter: signed, and posted in the shop."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.privacy.sealing import DrawnIdField, SealedField
from merchants.shops.models import Merchant


class CommitmentLetter(models.Model):
    """The letter (承诺书) in which a merchant commits to the scheme's rules, and the day it was posted in the shop.

    One that was signed on line names who did, when, and the text's fingerprint; `photo` shows it hanging in the shop.
    """

    id = DrawnIdField(primary_key=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="letters", verbose_name=_("销售商户"))
    text_version = models.CharField(_("文本版本"), max_length=32)
    text_sha256 = models.CharField(_("文本指纹"), max_length=64, blank=True)
    signed_on = models.DateField(_("签订日期"))
    signed_at = models.DateTimeField(_("签订时间"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("签订人"),
    )
    signer = SealedField(_("签字人姓名"), null=True, blank=True, editable=True, max_length=64)
    photo = models.CharField(_("上墙照片"), max_length=32, blank=True)
    posted_at = models.DateField(_("上墙公示日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("承诺书")
        ordering: ClassVar = ["merchant", "-signed_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_letter_per_merchant_and_version", fields=["merchant", "text_version"]
            ),
            models.CheckConstraint(
                name="letter_posted_after_it_was_signed",
                condition=Q(posted_at__isnull=True) | Q(posted_at__gte=F("signed_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.text_version}"
