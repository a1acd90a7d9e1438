"""What is handed over to those who investigate: a case with its number, and what became of it."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.ranges import TODAY
from merchants.enforcement.models.order import CorrectionOrder
from merchants.shops.models import Merchant
from merchants.supervision.models.inspection import Inspection
from merchants.supervision.models.sampling import SamplingLot

_UNENDED = Q(state__in=["proposed", "open", "outcome"])


class EnforcementCaseQuerySet(models.QuerySet["EnforcementCase"]):
    """Cases as they are asked for."""

    def unended(self) -> Self:
        """Those that wait to be handed over, are investigated, or wait for their outcome to be confirmed."""
        return self.filter(_UNENDED)


class EnforcementCase(models.Model):
    """A case (立案查处) that an inspection, a letter or a failed lot led to. Amounts in fen; days are local.

    One hands over and another confirms, with the number that the investigators gave; one writes down what they decided
    and another confirms it. `enforcement/sql/enforcement.sql` holds the two people, and that what was confirmed stands.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待移送")
        DECLINED = "declined", _("不移送")
        OPEN = "open", _("查处中")
        OUTCOME = "outcome", _("结果待核对")
        CLOSED = "closed", _("已结案")

    class Outcome(models.TextChoices):
        PENALTY = "penalty", _("行政处罚")
        WARNED = "warned", _("警告或不予处罚")
        REFERRED = "referred", _("移送其他机关")
        DISMISSED = "dismissed", _("销案")

    district = DistrictKey()
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="enforcement_cases", verbose_name=_("销售商户")
    )
    inspection = models.ForeignKey(
        Inspection, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("一店一查")
    )
    order = models.ForeignKey(
        CorrectionOrder,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("责令改正通知书"),
    )
    lot = models.ForeignKey(
        SamplingLot, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("监督抽查")
    )
    facts = models.CharField(_("查明的事实"), max_length=2000)
    handed_to = models.CharField(_("承办机构"), max_length=100)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"), db_index=False
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("移送人"),
        db_index=False,
    )
    decided_at = models.DateTimeField(_("移送时间"), null=True, blank=True)
    number = models.CharField(_("案号"), max_length=60, null=True, blank=True)  # noqa: DJ001 - two without one differ
    outcome = models.CharField(_("处理结果"), max_length=12, choices=Outcome, blank=True)
    fine_fen = models.BigIntegerField(_("罚款"), null=True, blank=True)
    forfeited_fen = models.BigIntegerField(_("没收款"), null=True, blank=True)
    goods = models.PositiveIntegerField(_("没收产品(件)"), null=True, blank=True)
    decision_no = models.CharField(_("决定书文号"), max_length=60, blank=True)
    decided_on = models.DateField(_("决定日期"), null=True, blank=True)
    outcome_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("登记结果的人"),
        db_index=False,
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("核对结果的人"),
        db_index=False,
    )
    ended_at = models.DateTimeField(_("办结时间"), null=True, blank=True)

    objects = EnforcementCaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("查处案件")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_case_of_a_number", fields=["district", "number"]),
            models.UniqueConstraint(
                name="one_case_of_an_inspection", fields=["inspection"], condition=_UNENDED
            ),
            models.UniqueConstraint(name="one_case_of_a_lot", fields=["lot"], condition=_UNENDED),
            models.CheckConstraint(
                name="a_case_comes_of_something",
                condition=Q(inspection__isnull=False) | Q(lot__isnull=False),
            ),
            models.CheckConstraint(
                name="whoever_proposes_a_case_does_not_hand_it_over",
                condition=Q(state="declined") | Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="whoever_writes_an_outcome_does_not_confirm_it",
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("outcome_by")),
            ),
            models.CheckConstraint(
                name="a_case_handed_over_has_its_number",
                condition=Q(state__in=["proposed", "declined"], number__isnull=True)
                | Q(state__in=["open", "outcome", "closed"], number__gt="", decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_closed_case_tells_what_became_of_it",
                condition=Q(state__in=["proposed", "declined", "open"], outcome="", outcome_by__isnull=True)
                | Q(
                    state__in=["outcome", "closed"],
                    outcome__gt="",
                    outcome_by__isnull=False,
                    decided_on__lte=TODAY,
                    decision_no__gt="",
                ),
                violation_error_message=_("须填写处理结果、决定书文号和不晚于今天的决定日期。"),
            ),
            models.CheckConstraint(
                name="only_a_penalty_costs_something",
                condition=Q(outcome="penalty", fine_fen__gte=0, forfeited_fen__gte=0, goods__gte=0)
                | ~Q(outcome="penalty")
                & Q(fine_fen__isnull=True, forfeited_fen__isnull=True, goods__isnull=True),
            ),
            models.CheckConstraint(
                name="a_case_ends_with_a_time",
                condition=_UNENDED & Q(ended_at__isnull=True)
                | Q(state="declined", ended_at__isnull=False)
                | Q(state="closed", ended_at__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.merchant_id} {self.state}"
