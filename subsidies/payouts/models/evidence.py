"""Evidence for a payment whose outcome the operator did not tell."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subsidies.payouts.models.order import PayoutLine


class LineEvidence(models.Model):
    """Evidence of what became of a payment that the operator does not tell soundly; one person brings, one accepts it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人核准")
        APPROVED = "approved", _("已核准")
        DECLINED = "declined", _("未核准")

    class Outcome(models.TextChoices):
        SUCCESS = "success", _("成功")
        FAILED = "failed", _("失败")

    line = models.ForeignKey(PayoutLine, models.PROTECT, related_name="evidence", verbose_name=_("发放明细"))
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome)
    statement_no = models.CharField(_("对账单流水号或凭证号"), max_length=64)
    paid_at = models.DateTimeField(_("付款时间"), null=True, blank=True)
    fail_reason = models.CharField(_("失败原因"), max_length=64, blank=True)
    note = models.CharField(_("说明"), max_length=500)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.PROPOSED)
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

    class Meta:
        verbose_name = verbose_name_plural = _("发放凭证")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_piece_of_evidence", fields=["line"], condition=Q(state="proposed")
            ),
            models.CheckConstraint(
                name="evidence_has_two_people",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="decided_evidence_names_who",
                condition=Q(state="proposed", decided_by__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="evidence_says_when_or_why",
                condition=Q(outcome="success", paid_at__isnull=False)
                | (Q(outcome="failed") & ~Q(fail_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.get_outcome_display()}"
