"""A trade-in while the shop is still filling it in, and the photos that prove it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.privacy.sealing import DrawnIdField, SealedField
from ebikes.records.models.trade_in import TradeIn
from merchants.models import Merchant


class TradeInDraft(models.Model):
    """What a clerk has typed so far. It becomes a trade-in once, however often it is sent.

    `cells` is a JSON object: texts by the keys of `LAYOUTS["trade_ins"]`; `told` one of what the licensing systems said at
    the counter (`intake/selectors/told.py`). `key` is drawn by the page on which it begins: sent twice, it is one draft.
    `replaces` is the record that this one corrects.
    """

    id = DrawnIdField(primary_key=True)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="drafts", verbose_name=_("销售商户"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("填报人")
    )
    cells = SealedField(_("已填内容"))
    told = SealedField(_("系统答复"), null=True, blank=True)
    key = models.UUIDField(_("登记编号"), default=uuid.uuid4, editable=False)
    replaces = models.ForeignKey(
        TradeIn, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("更正的记录")
    )
    trade_in = models.OneToOneField(
        TradeIn, models.PROTECT, null=True, blank=True, related_name="draft", verbose_name=_("淘汰置换")
    )
    # The browser that sent it (its digest in `core.KnownDevice`): tells when one device sends for several shops.
    device = models.BinaryField(_("提交的设备"), max_length=16, null=True, blank=True, db_index=True)
    opened_at = models.DateTimeField(_("开始时间"))
    saved_at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("填报草稿")
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_key_begins_one_draft", fields=["merchant", "key"]),
            models.UniqueConstraint(
                name="one_correction_of_a_record_at_a_time",
                fields=["replaces"],
                condition=Q(trade_in__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["merchant", "-saved_at"], name="open_drafts", condition=Q(trade_in__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.opened_at}"


class TradeInPhoto(models.Model):
    """A photo as proof. `name` finds the sealed file; `digest` tells when one photo serves two records. Never edited."""

    class Kind(models.TextChoices):
        OLD_BIKE = "old_bike", _("旧车及号牌")
        COLLECTION = "collection", _("旧车回收")
        INVOICE = "invoice", _("购车发票")
        NEW_BIKE = "new_bike", _("新车及号牌")

    kind = models.CharField(_("内容"), max_length=16, choices=Kind)
    draft = models.ForeignKey(
        TradeInDraft, models.CASCADE, null=True, blank=True, related_name="photos", verbose_name=_("填报草稿")
    )
    trade_in = models.ForeignKey(
        TradeIn, models.PROTECT, null=True, blank=True, related_name="photos", verbose_name=_("淘汰置换")
    )
    name = models.CharField(_("文件"), max_length=32, unique=True)
    digest = models.CharField(_("文件指纹"), max_length=64, db_index=True)
    width = models.PositiveIntegerField(_("宽"))
    height = models.PositiveIntegerField(_("高"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("上传人")
    )
    added_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("照片")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_photo_belongs_to_something",
                condition=Q(draft__isnull=False) | Q(trade_in__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
