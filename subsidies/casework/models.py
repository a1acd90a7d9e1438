"""Whose case a claim is, what was noted on it, and which reminders went out."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded
from core.privacy.sealing import DrawnIdField, SealedField
from subsidies.claims.models.claim import Claim

_OPEN = Q(ended_at__isnull=True)


class AssignmentQuerySet(models.QuerySet["CaseAssignment"]):
    """Assignments as they are asked for."""

    def open(self) -> Self:
        """Those that hold."""
        return self.filter(_OPEN)


class CaseAssignment(models.Model):
    """A case is somebody's, from when until when. It ends once, and is otherwise never changed (`sql/casework.sql`).

    The database ends it by itself when the holder decided, or when the claim waits for nobody any more. `due_on`: a day
    (Asia/Shanghai) that was set for this case; none: the term of the claim's policy holds.
    """

    class Outcome(models.TextChoices):
        DECIDED = "decided", _("已作出认定")
        SETTLED = "settled", _("不再需要处理")
        HANDED_OVER = "handed_over", _("已移交")
        GIVEN_BACK = "given_back", _("已退回待分派")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="assignments", verbose_name=_("补贴申请"))
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases", verbose_name=_("承办人")
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("分派人"), db_index=False
    )
    given_at = models.DateTimeField(_("分派时间"))
    due_on = models.DateField(_("另定期限"), null=True, blank=True)
    note = models.CharField(_("交代"), max_length=200, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("案件分派")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_case_is_one_persons", fields=["claim"], condition=_OPEN),
            models.CheckConstraint(
                name="an_assignment_that_ended_says_how",
                condition=Q(ended_at__isnull=True, outcome="")
                | Q(ended_at__gte=F("given_at"), outcome__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.holder_id}"


class CaseNote(Recorded):
    """What somebody of the staff noted on a case, sealed, with a scan where there is one. Rows are only added.

    `scan`: the name under which it is kept (core/privacy/scans.py); `scan_digest`: the SHA-256 of what was sent.
    """

    id = DrawnIdField(primary_key=True)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="notes", verbose_name=_("补贴申请"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("记录人"), db_index=False
    )
    at = models.DateTimeField(_("时间"))
    text = SealedField(_("内容"), bound_to=["id"])
    scan = models.CharField(_("扫描件"), max_length=40, blank=True)
    scan_digest = models.CharField(_("扫描件摘要"), max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("案件记录")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [as_recorded("notes_as_recorded")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_scan_has_a_digest",
                condition=Q(scan="", scan_digest="") | Q(scan__gt="", scan_digest__gt=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.at:%Y-%m-%d}"


class WorkReminder(models.Model):
    """That somebody was reminded on a day (Asia/Shanghai) of what is on their desk: once, whatever worker does it."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提醒谁"), db_index=False
    )
    day = models.DateField(_("日期"))
    due = models.PositiveIntegerField(_("今日到期"))
    overdue = models.PositiveIntegerField(_("已逾期"))
    unassigned = models.PositiveIntegerField(_("逾期未分派"))
    at = models.DateTimeField(_("提醒时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("待办提醒")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="nobody_is_reminded_twice_a_day", fields=["person", "day"])
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day}"
