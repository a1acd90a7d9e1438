"""What the regulator does at the shops: inspections, spot checks of what is sold, collective trade-in events."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from merchants.shops.models import Merchant

# The date at Hangzhou, by the database's clock. A row that was not of the future when it was written never becomes so.
_TODAY = Func(
    Now(), template="(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date", output_field=models.DateField()
)


class Finding(models.TextChoices):
    """What was found about one item."""

    OK = "ok", _("未发现问题")
    FAULT = "fault", _("有问题")
    NOT_APPLICABLE = "n/a", _("不适用")


ITEMS = ("uncertified", "beyond_scope", "modified", "trademark", "price_marking", "price_gouging")
_FAULTY = Q(*((item, Finding.FAULT) for item in ITEMS), _connector=Q.OR)


TO_BE_PUT_RIGHT = Q(faulty=True, rectified_on__isnull=True)


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Inspections as they are asked for."""

    def to_be_put_right(self) -> Self:
        """Those whose fault nobody has put right yet."""
        return self.filter(TO_BE_PUT_RIGHT)


class Inspection(models.Model):
    """One shop, one visit (一店一查), item by item; `conclusion` is empty until it is concluded.

    Once concluded, what was found stands, and only putting right is written beside it: `sql/supervision.sql` sees to it.
    """

    class Conclusion(models.TextChoices):
        CLEAN = "clean", _("未发现问题")
        RECTIFY = "rectify", _("责令改正")
        CASE = "case", _("立案查处")

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="inspections", verbose_name=_("销售商户"), db_index=False
    )
    inspected_on = models.DateField(_("检查日期"))
    inspectors = models.CharField(_("检查人员"), max_length=100)
    uncertified = models.CharField(
        _("销售未经强制性认证的电动自行车"), max_length=5, choices=Finding, default=Finding.OK
    )
    beyond_scope = models.CharField(_("超登记事项经营"), max_length=5, choices=Finding, default=Finding.OK)
    modified = models.CharField(
        _("经营性改装、拼装、加装"), max_length=5, choices=Finding, default=Finding.OK
    )
    trademark = models.CharField(
        _("侵犯他人注册商标专用权"), max_length=5, choices=Finding, default=Finding.OK
    )
    price_marking = models.CharField(
        _("未按规定明码标价、收取未予标明的费用"), max_length=5, choices=Finding, default=Finding.OK
    )
    price_gouging = models.CharField(
        _("捏造、散布涨价信息，哄抬价格"), max_length=5, choices=Finding, default=Finding.OK
    )
    faulty = models.GeneratedField(
        expression=Case(When(_FAULTY, then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
        editable=False,
        verbose_name=_("有问题"),
    )
    conclusion = models.CharField(
        _("结论"),
        max_length=8,
        choices=Conclusion,
        blank=True,
        help_text=_("留空表示检查尚未结束。写明结论后，检查内容不能再改，也不能删除。"),
    )
    rectify_by = models.DateField(_("整改期限"), null=True, blank=True)
    rectified_on = models.DateField(_("整改完成日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("一店一查")
        ordering: ClassVar = ["-inspected_on", "-pk"]
        indexes: ClassVar = [
            models.Index(name="inspections_of_a_merchant", fields=["merchant", "-inspected_on"]),
            models.Index(name="inspections_by_day", fields=["inspected_on"]),
            models.Index(
                name="faults_to_be_put_right",
                fields=["merchant"],
                condition=TO_BE_PUT_RIGHT,
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_fault_has_a_date_or_a_note",
                condition=~_FAULTY | Q(rectify_by__isnull=False) | Q(note__gt=""),
                violation_error_message=_("有问题的，须写明整改期限，或在说明中写明处理情况。"),
            ),
            models.CheckConstraint(
                name="a_conclusion_agrees_with_the_findings",
                condition=Q(conclusion="")
                | (Q(conclusion="clean") & ~_FAULTY)
                | (~Q(conclusion="clean") & _FAULTY),
                violation_error_message=_("结论与检查内容不符：有问题的须责令改正或立案，没有问题的不能。"),
            ),
            models.CheckConstraint(
                name="only_a_fault_is_put_right",
                condition=Q(rectified_on__isnull=True) | _FAULTY,
                violation_error_message=_("没有问题的检查不能填写整改完成日期。"),
            ),
            models.CheckConstraint(
                name="put_right_after_the_inspection",
                condition=(Q(rectify_by__isnull=True) | Q(rectify_by__gte=F("inspected_on")))
                & (Q(rectified_on__isnull=True) | Q(rectified_on__gte=F("inspected_on"))),
                violation_error_message=_("整改期限和整改完成日期不能早于检查日期。"),
            ),
            models.CheckConstraint(
                name="inspections_are_not_of_the_future",
                condition=Q(inspected_on__lte=_TODAY)
                & (Q(rectified_on__isnull=True) | Q(rectified_on__lte=_TODAY)),
                violation_error_message=_("检查日期和整改完成日期不能晚于今天。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspected_on} {self.merchant}"

    def faults(self) -> list[str]:
        """What was found wrong, in words."""
        return [
            str(self._meta.get_field(item).verbose_name)  # type: ignore[union-attr]
            for item in ITEMS
            if getattr(self, item) == Finding.FAULT
        ]


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
                condition=Q(sampled_on__lte=_TODAY),
                violation_error_message=_("抽样日期不能晚于今天。"),
            ),
        ]

    def __str__(self) -> str:
        where = f" {self.merchant}" if self.merchant else ""
        return f"{self.sampled_on}{where} {self.get_kind_display()} × {self.lots}"


class TradeInEvent(models.Model):
    """A collective trade-in event (集中淘汰置换活动). One that is still to come has no number of bikes."""

    class Venue(models.TextChoices):
        OFFICE = "office", _("机关")
        COMMUNITY = "community", _("街道社区")
        ENTERPRISE = "enterprise", _("企业")
        CAMPUS = "campus", _("校园")
        MALL = "mall", _("商圈")
        OTHER = "other", _("其他")

    held_on = models.DateField(_("日期"), db_index=True)
    venue_kind = models.CharField(_("场所类别"), max_length=16, choices=Venue)
    place = models.CharField(_("地点"), max_length=100)
    organiser = models.CharField(_("组织单位"), max_length=100, blank=True)
    merchants = models.ManyToManyField(
        Merchant, related_name="trade_in_events", verbose_name=_("参加商户"), blank=True
    )
    bikes = models.PositiveIntegerField(_("当天置换车辆数"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("集中置换活动")
        ordering: ClassVar = ["-held_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_event_to_come_has_traded_in_nothing",
                condition=Q(bikes__isnull=True) | Q(held_on__lte=_TODAY),
                violation_error_message=_("还没有举办的活动不能填写置换车辆数。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.place}"


# The venues that the four-venue outreach (四进) goes to.
FOUR_VENUES = (
    TradeInEvent.Venue.OFFICE,
    TradeInEvent.Venue.COMMUNITY,
    TradeInEvent.Venue.ENTERPRISE,
    TradeInEvent.Venue.CAMPUS,
)


class Training(models.Model):
    """A training held by the regulator, and which merchants came."""

    title = models.CharField(_("培训"), max_length=100)
    held_on = models.DateField(_("日期"))
    place = models.CharField(_("地点"), max_length=100, blank=True)
    attended_by = models.ManyToManyField(
        Merchant, related_name="trainings", verbose_name=_("到场商户"), blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = _("培训")
        ordering: ClassVar = ["-held_on"]

    def __str__(self) -> str:
        return f"{self.held_on} {self.title}"
