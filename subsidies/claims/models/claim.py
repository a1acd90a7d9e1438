"""The claim: who asks for which subsidy, where it stands, and its place."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ebikes.models import LicensingAnswer, Owner, TradeIn
from ebikes.records.models.trade_in import contacts
from subsidies.schemes.models.scheme import PolicyVersion, Scheme, Stage
from subsidies.states import ENDED, GRANTED, OPEN, PENDING, ClaimState

_APPROVED_STATES = (
    "approved",
    "in_payout",
    "paid",
    "payout_failed",
    "payout_unknown",
    "recovering",
    "recovered",
    "written_off",
)

PLACE = ("completed_at", "received_at", "pk")  # first come first


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Claims as they are asked for."""

    def open(self) -> Self:
        """Those that still stand in the queue for money."""
        return self.filter(live=True, state__in=OPEN)

    def granted(self) -> Self:
        """Those whose money is set aside, or has left."""
        return self.filter(state__in=GRANTED)

    def in_place_order(self) -> Self:
        """First come first."""
        return self.order_by(*PLACE)

    def without_contacts(self) -> Self:
        """The phone and the wallet of their records stay sealed."""
        return self.defer(*contacts("trade_in__"))


class Claim(models.Model):
    """One trade-in asking for one subsidy.

    Its place in the queue is (`completed_at`, `received_at`, `id`): provisional while the licensing systems are still
    being asked, frozen from then on. `completed_at` is the latest of the four events, each as its issuing authority
    dates it; `completed_by` names the event that decided. `amount_fen` is the stage's amount at that time.
    `sql/claims.sql` holds the triggers that refuse an illegal move and write every move's ClaimEvent.
    """

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="claims", verbose_name=_("补贴方案"), db_index=False
    )
    trade_in = models.ForeignKey(TradeIn, models.PROTECT, related_name="claims", verbose_name=_("淘汰置换"))
    owner = models.ForeignKey(Owner, models.PROTECT, related_name="claims", verbose_name=_("车主"))
    filing_plate_no = models.CharField(_("备案号牌"), max_length=32)
    vehicle_code = models.CharField(_("新车整车编码"), max_length=20)
    state = models.CharField(_("状态"), max_length=16, choices=ClaimState, default=ClaimState.RECEIVED)
    refusals = ArrayField(
        models.CharField(max_length=32), verbose_name=_("不予补贴原因"), default=list, blank=True
    )
    stage = models.ForeignKey(
        Stage,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="claims",
        verbose_name=_("阶段"),
        db_index=False,
    )
    amount_fen = models.BigIntegerField(_("补贴金额(分)"), default=0)
    # Indexes look at this and never at the state: so a move that ends nothing rewrites none of them (a "HOT" update).
    live = models.GeneratedField(
        expression=models.Case(models.When(state__in=ENDED, then=False), default=True),
        output_field=models.BooleanField(),
        db_persist=True,
        editable=False,
    )
    completed_at = models.DateTimeField(_("全流程完成时间"))
    completed_by = models.CharField(_("决定完成的环节"), max_length=16)
    received_at = models.DateTimeField(_("收到时间"))
    policy = models.ForeignKey(
        PolicyVersion, models.PROTECT, related_name="+", verbose_name=_("政策版本"), db_index=False
    )
    exing_answer = models.ForeignKey(
        LicensingAnswer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("e行在线应答"),
        db_index=False,
    )
    yunshenling_answer = models.ForeignKey(
        LicensingAnswer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("云申领应答"),
        db_index=False,
    )
    next_check_at = models.DateTimeField(_("下次核验时间"), null=True, blank=True)
    check_attempts = models.PositiveIntegerField(_("核验次数"), default=0)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("批准人"),
        db_index=False,
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("补贴申请"), pgettext_lazy("many", "补贴申请")
        permissions: ClassVar = [("decide_claim", _("认定待人工复核的申请"))]
        indexes: ClassVar = [
            models.Index(
                name="claims_by_place",
                fields=["scheme", "completed_at", "received_at", "id"],
                condition=Q(live=True),
            ),
            models.Index(
                name="claims_to_be_checked",
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
            ),
            models.Index(name="why_claims_ended", fields=["scheme", "refusals"], condition=Q(live=False)),
            models.Index(
                name="ended_claims_by_place",
                fields=["scheme", "completed_at", "received_at", "id"],
                condition=Q(live=False),
            ),
            models.Index(name="ended_claims", fields=["id"], condition=Q(live=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_live_claim_per_old_bike", fields=["filing_plate_no"], condition=Q(live=True)
            ),
            models.UniqueConstraint(
                name="one_live_claim_per_new_vehicle", fields=["vehicle_code"], condition=Q(live=True)
            ),
            models.UniqueConstraint(
                name="one_live_claim_per_trade_in", fields=["trade_in"], condition=Q(live=True)
            ),
            models.CheckConstraint(
                name="a_claim_is_refused_for_reasons",
                condition=Q(state="refused", refusals__len__gt=0) | ~Q(state="refused"),
            ),
            models.CheckConstraint(
                name="money_needs_a_stage_and_an_amount",
                condition=Q(state__in=[*ENDED, *PENDING]) | Q(stage__isnull=False, amount_fen__gt=0),
            ),
            models.CheckConstraint(
                name="an_approved_claim_names_its_approver",
                condition=~Q(state__in=_APPROVED_STATES) | Q(approved_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.trade_in)
