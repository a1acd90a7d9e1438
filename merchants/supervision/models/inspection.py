"""One shop, one visit: what was found there, and what was put right since."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.privacy.sealing import DrawnIdField, SealedField
from core.ranges import TODAY
from merchants.shops.models import Merchant


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

    Once concluded, what was found stands, and only putting right is written beside it:
    `supervision/sql/guards.sql` sees to it.
    """

    class Conclusion(models.TextChoices):
        CLEAN = "clean", _("未发现问题")
        RECTIFY = "rectify", _("责令改正")
        CASE = "case", _("立案查处")

    id = DrawnIdField(primary_key=True)
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="inspections", verbose_name=_("销售商户"), db_index=False
    )
    inspected_on = models.DateField(_("检查日期"))
    inspectors = SealedField(_("检查人员"), editable=True, max_length=100)
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
                condition=Q(inspected_on__lte=TODAY)
                & (Q(rectified_on__isnull=True) | Q(rectified_on__lte=TODAY)),
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
