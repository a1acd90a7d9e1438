"""The trade-in: one old bike retired, one new bike plated."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.privacy.sealing import SealedField
from ebikes.importing.models.batch import ImportBatch
from ebikes.records.models.filed_bike import Owner
from merchants.models import AgentPoint, Merchant

# What makes it this trade-in: its names and contacts are sealed for just that.
WHICH = ("record_no", "filing_plate_no", "vehicle_code")
EVENTS = ("deregistered_at", "collected_at", "purchased_at", "plated_at")


def contacts(way: str = "") -> tuple[str, ...]:
    """The sealed columns of a record, by the way to it: what does not show them defers them, and unseals nothing."""
    return tuple(f"{way}{name}" for name in ("phone", "wallet_no"))


class TradeInQuerySet(models.QuerySet["TradeIn"]):
    """Records as they are asked for."""

    def without_contacts(self) -> Self:
        """Phone and wallet stay sealed."""
        return self.defer(*contacts())


class TradeIn(models.Model):
    """A record as it was handed in. It is evidence: corrections are new facts, not edits.

    The four times are aware; one whose name is in `day_only` came as a date and stands for 23:59:59 of that day in
    Asia/Shanghai. `content_index` is a keyed fingerprint of the normalised record: the same record sent again,
    tidy or untidy, has the same one.
    """

    district = DistrictKey()
    record_no = models.CharField(_("淘汰置换单号"), max_length=64)
    filing_plate_no = models.CharField(_("备案号牌"), max_length=32, db_index=True)
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="trade_ins", verbose_name=_("车主"))
    owner_name = SealedField(_("车主姓名"), bound_to=WHICH)
    owner_name_written = SealedField(
        _("车主姓名原文"), null=True, blank=True, bound_to=WHICH
    )  # empty where it is the same
    name_index = models.BinaryField(_("姓名索引"), max_length=16, null=True, blank=True)
    phone = SealedField(_("手机号"), null=True, blank=True, bound_to=WHICH)
    phone_index = models.BinaryField(_("手机号索引"), max_length=16, null=True, blank=True, db_index=True)
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="trade_ins", verbose_name=_("销售商户")
    )
    agent_point = models.ForeignKey(
        AgentPoint, models.PROTECT, related_name="trade_ins", verbose_name=_("代办点")
    )
    deregistered_at = models.DateTimeField(_("注销时间"))
    collected_at = models.DateTimeField(_("回收时间"))
    purchased_at = models.DateTimeField(_("购买时间"))
    plated_at = models.DateTimeField(_("上牌时间"))
    day_only = ArrayField(
        models.CharField(max_length=16), verbose_name=_("仅有日期的时间"), default=list, blank=True
    )
    vehicle_code = models.CharField(_("新车整车编码"), max_length=20, db_index=True)
    digital_plate_no = models.CharField(_("新车号牌"), max_length=32, db_index=True)
    brand = models.CharField(_("品牌"), max_length=50, blank=True)
    invoice_no = models.CharField(_("发票号码"), max_length=32, blank=True)
    price_fen = models.BigIntegerField(_("成交价(分)"), null=True, blank=True)
    # What the shop gave off by itself, and what it set off for the old bike: told by the shop, no part of the subsidy.
    shop_discount_fen = models.BigIntegerField(_("车企让利(分)"), null=True, blank=True)
    scrap_value_fen = models.BigIntegerField(_("回收抵扣(分)"), null=True, blank=True)
    remark = models.CharField(_("备注"), max_length=500, blank=True)
    wallet_no = SealedField(_("数字人民币钱包编号"), null=True, blank=True, bound_to=WHICH)
    wallet_index = models.BinaryField(_("钱包编号索引"), max_length=16, null=True, blank=True, db_index=True)
    wallet_operator = models.CharField(_("钱包运营机构"), max_length=32, blank=True)
    content_index = models.BinaryField(_("内容指纹"), max_length=16)
    batch = models.ForeignKey(
        ImportBatch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="trade_ins",
        verbose_name=_("导入批次"),
    )
    batch_line = models.PositiveIntegerField(_("表中行号"), null=True, blank=True)
    received_at = models.DateTimeField(_("收到时间"))

    objects = TradeInQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("淘汰置换")
        indexes: ClassVar = [models.Index(fields=["merchant", "-id"], name="trade_ins_of_a_merchant")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_record_is_known_once_in_a_district", fields=["record_no", "district"]
            ),
            models.CheckConstraint(
                name="trade_in_price_is_not_negative",
                condition=models.Q(price_fen__isnull=True) | models.Q(price_fen__gte=0),
            ),
            models.CheckConstraint(
                name="what_a_shop_gave_off_is_not_negative",
                condition=(models.Q(shop_discount_fen__isnull=True) | models.Q(shop_discount_fen__gte=0))
                & (models.Q(scrap_value_fen__isnull=True) | models.Q(scrap_value_fen__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return self.record_no
