"""What happened to a claim: its moves, and the checks that decided it."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded
from ebikes.models import LicensingAnswer
from subsidies.claims.models.claim import Claim
from subsidies.schemes.models.scheme import PolicyVersion
from subsidies.states import FOR_A_PERSON, RARE, ClaimState


class ClaimEvent(Recorded):
    """One move of a claim, written by the database in the statement that moved it. Rows are only ever added.

    `refusals`: the claim's own, as the checks or a person found them. `reasons`: the codes from `subsidies.decision_reasons`
    for which a person decided; `note`: what the person typed beside them. `at` is the time of whoever acted,
    `recorded_at` the database's own clock. Only the claim's own trigger writes events, so no foreign key needs to look the
    claim up again.
    """

    claim = models.ForeignKey(
        Claim,
        models.PROTECT,
        related_name="events",
        verbose_name=_("补贴申请"),
        db_constraint=False,
        db_index=False,
    )
    from_state = models.CharField(_("原状态"), max_length=16, choices=ClaimState, blank=True)
    to_state = models.CharField(_("新状态"), max_length=16, choices=ClaimState)
    at = models.DateTimeField(_("时间"))
    verb = models.CharField(_("操作"), max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("操作人"),
        db_index=False,
    )
    refusals = ArrayField(models.CharField(max_length=32), verbose_name=_("原因"), default=list)
    reasons = ArrayField(models.CharField(max_length=32), verbose_name=_("理由"), default=list)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("申请经过")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            as_recorded("events_as_recorded"),
            models.Index(name="events_of_a_claim", fields=["claim", "id"]),
            models.Index(
                name="moves_that_wait_for_a_person",
                fields=["claim", "at"],
                condition=Q(to_state__in=FOR_A_PERSON),
            ),
            models.Index(name="rare_moves", fields=["to_state", "claim"], condition=Q(to_state__in=RARE)),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.from_state} → {self.to_state}"


class EligibilityCheck(Recorded):
    """All checks of one claim, once over (资格核验). `results` maps each check's code to pass, fail or unknown.

    The two answers are the evidence, beside `papers` (the ids of `PaperEvidence` that counted). `policy` is the version
    whose limits were applied. Rows are only ever added: a check done again is a new row.
    """

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="checks", verbose_name=_("补贴申请"))
    results = models.JSONField(_("各项结果"))
    exing_answer = models.ForeignKey(
        LicensingAnswer, models.PROTECT, related_name="+", verbose_name=_("e行在线应答"), db_index=False
    )
    yunshenling_answer = models.ForeignKey(
        LicensingAnswer, models.PROTECT, related_name="+", verbose_name=_("云申领应答"), db_index=False
    )
    papers = ArrayField(
        models.BigIntegerField(), verbose_name=_("书面材料"), default=list, db_default=[], blank=True
    )
    policy = models.ForeignKey(
        PolicyVersion, models.PROTECT, related_name="+", verbose_name=_("政策版本"), db_index=False
    )
    completed_at = models.DateTimeField(_("全流程完成时间"))
    completed_by = models.CharField(_("决定完成的环节"), max_length=16)
    checked_at = models.DateTimeField(_("核验时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("资格核验")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [as_recorded("checks_as_recorded")]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.checked_at}"
