"""Spot checks of what is sold."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.ranges import TODAY
from merchants.shops.models import Merchant


class SamplingLot(models.Model):
    """Lots of one kind of goods taken for a spot check (监督抽查), and how many of them failed."""

    class Kind(models.TextChoices):
        E_BIKE = "e_bike", _("电动自行车")
        LEAD_ACID = "lead_acid", _("铅酸蓄电池")
        LITHIUM = "lithium", _("锂离子蓄电池")
        CHARGER = "charger", _("充电器")
        HELMET = "helmet", _("头盔")
        OTHER = "other", _("其他")

    class Purpose(models.TextChoices):
        ROUTINE = "routine", _("监督抽查")
        ENFORCEMENT = "enforcement", _("执法抽检")

    class Result(models.TextChoices):
        PENDING = "pending", _("待出结果")
        PASSED = "passed", _("合格")
        FAILED = "failed", _("不合格")

    kind = models.CharField(_("产品"), max_length=16, choices=Kind)
    purpose = models.CharField(_("抽检性质"), max_length=16, choices=Purpose, default=Purpose.ROUTINE)
    merchant = models.ForeignKey(
        Merchant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sampling_lots",
        verbose_name=_("销售商户"),
    )
    sampled_on = models.DateField(_("抽样日期"), db_index=True)
    lots = models.PositiveSmallIntegerField(_("批次数"), default=1)
    failed = models.PositiveSmallIntegerField(_("不合格批次数"), default=0)
    result = models.CharField(_("结果"), max_length=8, choices=Result, default=Result.PENDING)
    report_no = models.CharField(_("检验报告编号"), max_length=64, blank=True)
    follow_up = models.CharField(_("后处理"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("监督抽查")
        ordering: ClassVar = ["-sampled_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="no_more_lots_fail_than_were_taken",
                condition=Q(lots__gte=1, failed__gte=0, failed__lte=F("lots")),
                violation_error_message=_("至少一个批次，不合格批次数不能多于批次数。"),
            ),
            models.CheckConstraint(
                name="a_result_agrees_with_the_lots",
                condition=Q(result__in=["pending", "passed"], failed=0) | Q(result="failed", failed__gt=0),
                violation_error_message=_("结果与不合格批次数不符：不合格的至少有一个批次不合格，其余为 0。"),
            ),
            models.CheckConstraint(
                name="a_result_names_its_report",
                condition=Q(result="pending") | Q(report_no__gt=""),
                violation_error_message=_("出了结果的，须填写检验报告编号。"),
            ),
            models.CheckConstraint(
                name="samples_are_not_of_the_future",
                condition=Q(sampled_on__lte=TODAY),
                violation_error_message=_("抽样日期不能晚于今天。"),
            ),
        ]

    def __str__(self) -> str:
        where = f" {self.merchant}" if self.merchant else ""
        return f"{self.sampled_on}{where} {self.get_kind_display()} × {self.lots}"
