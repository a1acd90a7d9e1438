"""The letter that orders a shop to put right what was found (责令改正通知书)."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.ranges import TODAY
from merchants.supervision.models.inspection import Inspection

_UNENDED = Q(state__in=["proposed", "issued"])


class CorrectionOrderQuerySet(models.QuerySet["CorrectionOrder"]):
    """Letters as they are asked for."""

    def unended(self) -> Self:
        """Those that wait to be signed, or to be followed."""
        return self.filter(_UNENDED)

    def late(self, day: object) -> Self:
        """Those whose last day is over, and nobody has found that they were followed."""
        return self.filter(state=CorrectionOrder.State.ISSUED, due_on__lt=day)


class CorrectionOrder(models.Model):
    """What a shop is ordered to do, on what law, by which day (included). One proposes; signed by another it has its number.

    It ends by another inspection that finds everything put right (`recheck`), or is escalated: handed over as a case.
    `enforcement/sql/enforcement.sql` holds the two people, numbers without a gap, and that what was signed stands.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待签发")
        DECLINED = "declined", _("未签发")
        ISSUED = "issued", _("已签发")
        CLOSED = "closed", _("复查合格")
        ESCALATED = "escalated", _("已移送立案")

    district = DistrictKey()
    inspection = models.ForeignKey(
        Inspection, models.PROTECT, related_name="orders", verbose_name=_("一店一查")
    )
    demands = models.CharField(_("责令改正内容"), max_length=2000)
    basis = models.CharField(_("法律依据"), max_length=500)
    due_on = models.DateField(_("改正期限"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("承办人"), db_index=False
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("签发人"),
        db_index=False,
    )
    decided_at = models.DateTimeField(_("签发时间"), null=True, blank=True)
    year = models.PositiveSmallIntegerField(_("年度"), null=True, blank=True)
    serial = models.PositiveIntegerField(_("序号"), null=True, blank=True)
    number = models.CharField(_("文号"), max_length=40, null=True, blank=True)  # noqa: DJ001 - two without one differ
    served_on = models.DateField(_("送达日期"), null=True, blank=True)
    served_how = models.CharField(_("送达方式"), max_length=100, blank=True)
    recheck = models.ForeignKey(
        Inspection, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复查")
    )
    ended_at = models.DateTimeField(_("办结时间"), null=True, blank=True)

    objects = CorrectionOrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("责令改正通知书")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(name="orders_to_be_followed", fields=["due_on"], condition=Q(state="issued")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_order_at_a_time", fields=["inspection"], condition=_UNENDED),
            models.UniqueConstraint(name="one_order_of_a_number", fields=["district", "year", "serial"]),
            models.CheckConstraint(
                name="whoever_proposes_an_order_does_not_sign_it",
                condition=Q(state="declined") | Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="a_signed_order_has_its_number",
                condition=Q(
                    state="proposed", number__isnull=True, decided_by__isnull=True, decided_at__isnull=True
                )
                | Q(state="declined", number__isnull=True, decided_by__isnull=False, decided_at__isnull=False)
                | Q(
                    state__in=["issued", "closed", "escalated"],
                    number__isnull=False,
                    year__isnull=False,
                    serial__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="an_order_ends_with_a_time",
                condition=Q(state__in=["proposed", "issued"], ended_at__isnull=True, recheck__isnull=True)
                | Q(state__in=["declined", "escalated"], ended_at__isnull=False)
                | Q(state="closed", ended_at__isnull=False, recheck__isnull=False),
            ),
            models.CheckConstraint(
                name="an_order_is_served_once_it_is_signed",
                condition=Q(served_on__isnull=True, served_how="")
                | Q(served_on__isnull=False, served_how__gt="", number__isnull=False, served_on__lte=TODAY),
                violation_error_message=_("送达日期不能晚于今天，并须写明送达方式。"),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.inspection_id}"
