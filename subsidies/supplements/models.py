"""The supplementary payment: what a paid claim is owed besides."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subsidies.claims.models.claim import Claim
from subsidies.decision_reasons import SUPPLEMENT


class SupplementQuerySet(models.QuerySet["Supplement"]):
    """Supplements as they are asked for."""

    def unended(self) -> Self:
        """Those that wait for somebody, or are on their way out."""
        return self.filter(state__in=Supplement.UNENDED)


class Supplement(models.Model):
    """A correction upwards after payment (补发): proposed by one person, confirmed by another, who has it reserved.

    `ref`, such as `S1`, counts within the claim: the ledger, the payment's number and its memo name the piece by it.
    `sql/supplements.sql` holds its moves, its two people, and that a claim is never paid more than its scheme's highest
    amount.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人核准")
        DECLINED = "declined", _("未核准")
        RESERVED = "reserved", _("已核准，待制作批次")
        IN_PAYOUT = "in_payout", _("发放中")
        FAILED = "failed", _("发放失败")
        PAID = "paid", _("已发放")
        CANCELLED = "cancelled", _("已撤销")

    UNENDED: ClassVar = (State.PROPOSED, State.RESERVED, State.IN_PAYOUT, State.FAILED)
    SET_ASIDE: ClassVar = (
        State.RESERVED,
        State.IN_PAYOUT,
        State.FAILED,
    )  # its money is reserved in the ledger

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="supplements", verbose_name=_("补贴申请"))
    ref = models.CharField(_("补发编号"), max_length=8)
    amount_fen = models.BigIntegerField(_("补发金额(分)"))
    reason = models.CharField(_("理由"), max_length=32, choices=SUPPLEMENT)
    note = models.CharField(_("查明的事实"), max_length=500)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("核准人"),
    )
    decided_at = models.DateTimeField(_("核准时间"), null=True, blank=True)

    objects = SupplementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("补发")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="supplements_are_numbered", fields=["claim", "ref"]),
            models.UniqueConstraint(
                name="one_unended_supplement_of_a_claim",
                fields=["claim"],
                condition=Q(state__in=["proposed", "reserved", "in_payout", "failed"]),
            ),
            models.CheckConstraint(
                name="a_supplement_has_two_people",
                condition=Q(state__in=["proposed", "declined"])
                | Q(~Q(decided_by=F("proposed_by")), decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_supplement_says_how_much_and_why", condition=Q(amount_fen__gt=0, note__gt="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.ref}"
