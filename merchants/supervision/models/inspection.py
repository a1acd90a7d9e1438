"""One shop, one visit: what was found there, and what was put right since."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.privacy.sealing import DrawnIdField, SealedField
from core.ranges import TODAY
from merchants.shops.models import Merchant
from merchants.supervision.heads import HEADS, Word


class Finding(models.TextChoices):
    """What was found under one head; nothing is answered before somebody answers."""

    OK = "ok", _("未发现问题")
    FAULT = "fault", _("有问题")
    NOT_CHECKED = "n/a", _("未检查")


ITEMS = tuple(head.code for head in HEADS)


def _each(finding: str | list[str], *, noted: bool = False) -> Q:
    """Every head that was answered so has words beside it (`noted`), or every head was answered in one of these ways."""
    if noted:
        return Q(*(~Q((code, finding)) | Q((f"{code}_note__gt", "")) for code in ITEMS))
    return Q(*((f"{code}__in", finding) for code in ITEMS))


_FAULTY = Q(*((item, Finding.FAULT) for item in ITEMS), _connector=Q.OR)
_OPEN, _PAPER = Q(conclusion=""), Q(way="paper")
TO_BE_PUT_RIGHT = Q(faulty=True, rectified_on__isnull=True)


def _answer(title: Word) -> "models.CharField[str, str]":
    return models.CharField(title, max_length=5, choices=Finding, blank=True, default="")  # type: ignore[arg-type]


def _words() -> "models.CharField[str, str]":
    return models.CharField(_("情况说明"), max_length=500, blank=True, default="")


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Inspections as they are asked for."""

    def to_be_put_right(self) -> Self:
        """Those whose fault nobody has put right yet."""
        return self.filter(TO_BE_PUT_RIGHT)

    def concluded(self) -> Self:
        """Those that are over: of the others nobody has said yet what was found."""
        return self.exclude(conclusion="")

    def unfinished(self) -> Self:
        """Those that somebody began in a shop and has not concluded."""
        return self.filter(conclusion="", way=Inspection.Way.SHOP)


class Inspection(models.Model):
    """One shop, one visit (一店一查), head by head; `conclusion` is empty until it is concluded.

    Begun in the shop (`way`), it keeps who began it, the place as the browser told it (degrees, WGS 84; metres), and the
    shop's signature: a name, with a picture of it where one was drawn, or why the shop does not sign. Taken over from paper
    it has none of these. What was signed is changed only with the signature taken off it.
    `recheck_of`: the inspection whose faults are looked at again.
    Once concluded, what was found stands, and only putting right is written beside it:
    `supervision/sql/guards.sql` sees to it.
    """

    class Way(models.TextChoices):
        SHOP = "shop", _("现场检查")
        PAPER = "paper", _("纸质补录")

    class Conclusion(models.TextChoices):
        CLEAN = "clean", _("未发现问题")
        RECTIFY = "rectify", _("责令改正")
        CASE = "case", _("立案查处")
        UNSEEN = "unseen", _("未能检查")

    id = DrawnIdField(primary_key=True)
    district = DistrictKey()
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="inspections", verbose_name=_("销售商户"), db_index=False
    )
    way = models.CharField(_("方式"), max_length=8, choices=Way, default=Way.PAPER, editable=False)
    recheck_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="rechecks",
        verbose_name=_("复查"),
    )
    inspected_on = models.DateField(_("检查日期"))
    inspectors = SealedField(_("检查人员"), editable=True, max_length=100)
    begun_at = models.DateTimeField(_("开始时间"), null=True, blank=True, editable=False)
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("登记人"),
        db_index=False,
    )
    latitude = models.DecimalField(
        _("纬度"), max_digits=8, decimal_places=6, null=True, blank=True, editable=False
    )
    longitude = models.DecimalField(
        _("经度"), max_digits=9, decimal_places=6, null=True, blank=True, editable=False
    )
    accuracy_m = models.PositiveIntegerField(_("定位精度(米)"), null=True, blank=True, editable=False)
    located_at = models.DateTimeField(_("定位时间"), null=True, blank=True, editable=False)
    uncertified = _answer(_("销售未经强制性认证的电动自行车"))
    uncertified_note = _words()
    beyond_scope = _answer(_("超登记事项经营"))
    beyond_scope_note = _words()
    modified = _answer(_("经营性改装、拼装、加装"))
    modified_note = _words()
    trademark = _answer(_("侵犯他人注册商标专用权"))
    trademark_note = _words()
    price_marking = _answer(_("未按规定明码标价、收取未予标明的费用"))
    price_marking_note = _words()
    price_gouging = _answer(_("捏造、散布涨价信息，哄抬价格"))
    price_gouging_note = _words()
    faulty = models.GeneratedField(
        expression=Case(When(_FAULTY, then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
        editable=False,
        verbose_name=_("有问题"),
    )
    signer = SealedField(_("签字人姓名"), null=True, blank=True, max_length=64)
    signature = models.CharField(_("签名"), max_length=32, blank=True, editable=False)
    refusal = models.CharField(_("拒签原因"), max_length=200, blank=True, editable=False)
    signed_at = models.DateTimeField(_("签字时间"), null=True, blank=True, editable=False)
    conclusion = models.CharField(
        _("结论"),
        max_length=8,
        choices=Conclusion,
        blank=True,
        help_text=_("留空表示检查尚未结束。写明结论后，检查内容不能再改，也不能删除。"),
    )
    concluded_at = models.DateTimeField(_("结束时间"), null=True, blank=True, editable=False)
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("结论人"),
        db_index=False,
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
            models.Index(name="visits_under_way", fields=["id"], condition=_OPEN & Q(way="shop")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_fault_has_a_date_or_a_note",
                condition=(_OPEN & ~_PAPER)
                | ~_FAULTY
                | Q(rectify_by__isnull=False)
                | Q(note__gt="")
                | Q(conclusion="case"),
                violation_error_message=_("有问题的，须写明整改期限，或在说明中写明处理情况。"),
            ),
            models.CheckConstraint(
                name="every_head_is_answered",
                condition=(_OPEN & Q(signed_at__isnull=True)) | _each(list(Finding.values)),
                violation_error_message=_("六项检查内容须逐项填写后才能签字、写结论。"),
            ),
            models.CheckConstraint(
                name="what_was_not_checked_says_why",
                condition=_OPEN | _each(Finding.NOT_CHECKED, noted=True),
                violation_error_message=_("未检查的项目，须写明原因。"),
            ),
            models.CheckConstraint(
                name="what_was_found_on_the_spot_is_told",
                condition=_OPEN | _PAPER | _each(Finding.FAULT, noted=True),
                violation_error_message=_("有问题的项目，须写明情况。"),
            ),
            models.CheckConstraint(
                name="a_conclusion_agrees_with_the_findings",
                condition=_OPEN
                | (Q(conclusion="clean") & ~_FAULTY & ~_each([Finding.NOT_CHECKED]))
                | (Q(conclusion="unseen") & _each([Finding.NOT_CHECKED]))
                | (Q(conclusion__in=["rectify", "case"]) & _FAULTY),
                violation_error_message=_(
                    "结论与检查内容不符：有问题的须责令改正或立案，没有问题的不能；一项都没有检查的为未能检查。"
                ),
            ),
            models.CheckConstraint(
                name="a_visit_knows_who_began_and_who_ended_it",
                condition=_PAPER
                | Q(begun_at__isnull=False, begun_by__isnull=False)
                & (_OPEN | Q(concluded_at__isnull=False, concluded_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="the_shop_signs_or_it_is_said_why_not",
                condition=_PAPER
                | (_OPEN & Q(signed_at__isnull=True))
                | Q(signed_at__isnull=False, signer__isnull=False, refusal="")
                | Q(signed_at__isnull=False, signer__isnull=True, signature="", refusal__gt="")
                | Q(conclusion="unseen"),
                violation_error_message=_("须由商户签字，或写明拒签原因。"),
            ),
            models.CheckConstraint(
                name="a_place_is_whole_and_on_the_earth",
                condition=Q(latitude__isnull=True, longitude__isnull=True, located_at__isnull=True)
                | Q(
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                    located_at__isnull=False,
                    accuracy_m__isnull=False,
                ),
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
        return [str(head.title) for head in HEADS if getattr(self, head.code) == Finding.FAULT]

    def answers(self) -> list[tuple[Word, str, str]]:
        """Each head with what was found under it (a value of `Finding`, or nothing yet), and the words beside it."""
        return [(head.title, getattr(self, head.code), getattr(self, head.note)) for head in HEADS]
