"""Spot checks of what is sold, and the year's plan of them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.ranges import TODAY
from merchants.shops.models import Merchant


class SamplingPlan(models.Model):
    """What is to be sampled in a year (抽检计划), and the money for it (fen): e-bikes, and all else."""

    district = DistrictKey()
    year = models.PositiveSmallIntegerField(_("年度"))
    document = models.CharField(_("方案名称或文号"), max_length=100)
    budget_fen = models.BigIntegerField(_("抽检经费"))
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("抽检计划")
        ordering: ClassVar = ["-year"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_sampling_plan_a_year", fields=["year", "district"]),
            models.CheckConstraint(
                name="a_plan_is_of_a_year_and_has_money",
                condition=Q(year__range=(2000, 2099), budget_fen__gte=0),
                violation_error_message=_("年度须在 2000 至 2099 之间，经费不能为负。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.document}"


class PlannedCategory(models.Model):
    """One category of goods of a plan, and how many lots are to be taken of it."""

    plan = models.ForeignKey(
        SamplingPlan, models.PROTECT, related_name="categories", verbose_name=_("抽检计划")
    )
    title = models.CharField(_("产品类别"), max_length=50)
    lots = models.PositiveSmallIntegerField(_("计划批次数"))

    class Meta:
        verbose_name = verbose_name_plural = _("产品类别")
        ordering: ClassVar = ["plan", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_category_of_a_name",
                fields=["plan", "title"],
                violation_error_message=_("这一年度的计划里已有同名类别。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan.year} {self.title}"

    @property
    def district_id(self) -> int:
        """The plan's."""
        return self.plan.district_id


class SamplingLot(models.Model):
    """Lots of one kind of goods taken for a spot check (监督抽查), and how many of them failed.

    `category`: the line of the year's plan that they count for; none is beyond the plan. `cost_fen`: what they cost (fen).
    """

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

    district = DistrictKey()
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
    product = models.CharField(_("产品名称"), max_length=100, blank=True)
    model_no = models.CharField(_("型号"), max_length=100, blank=True)
    maker = models.CharField(_("生产单位"), max_length=100, blank=True)
    laboratory = models.CharField(_("检验机构"), max_length=100, blank=True)
    category = models.ForeignKey(
        PlannedCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sampled",
        verbose_name=_("计划类别"),
        help_text=_("计入当年抽检计划的哪一类；留空表示计划外。"),
    )
    cost_fen = models.BigIntegerField(_("抽检费用"), null=True, blank=True)
    reported_on = models.DateField(_("报告日期"), null=True, blank=True)
    failing = models.CharField(_("不合格项目"), max_length=200, blank=True)
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
            models.CheckConstraint(
                name="a_report_comes_after_its_sample",
                condition=Q(reported_on__isnull=True)
                | Q(reported_on__gte=F("sampled_on"), reported_on__lte=TODAY),
                violation_error_message=_("报告日期须在抽样日期至今天之间。"),
            ),
            models.CheckConstraint(
                name="sampling_costs_nothing_or_more",
                condition=Q(cost_fen__isnull=True) | Q(cost_fen__gte=0),
                violation_error_message=_("抽检费用不能为负。"),
            ),
        ]

    def __str__(self) -> str:
        where = f" {self.merchant}" if self.merchant else ""
        return f"{self.sampled_on}{where} {self.get_kind_display()} × {self.lots}"


class LotReport(models.Model):
    """The laboratory's report of a spot check, a PDF or a photo, only added. `name`: of its scan (`core.privacy.scans`)."""

    lot = models.ForeignKey(SamplingLot, models.PROTECT, related_name="reports", verbose_name=_("监督抽查"))
    name = models.CharField(_("文件"), max_length=40, unique=True)
    digest = models.CharField(_("文件指纹"), max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("上传人"), db_index=False
    )
    added_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("检验报告")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_report_once", fields=["lot", "digest"]),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.name}"
