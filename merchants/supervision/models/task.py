"""A shop that somebody asks the inspectors to look at."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from merchants.shops.models import Merchant
from merchants.supervision.models.inspection import Inspection

_OPEN = Q(state="open")


class InspectionTaskQuerySet(models.QuerySet["InspectionTask"]):
    """Tasks as they are asked for."""

    def open(self) -> Self:
        """Those that nobody has done, or dropped, yet."""
        return self.filter(_OPEN)


class InspectionTask(models.Model):
    """A visit that somebody asks for (检查任务), and why. It ends once: by an inspection that is concluded, or dropped.

    `why` tells no person. `supervision/sql/tasks.sql` keeps what was asked.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待检查")
        DONE = "done", _("已检查")
        DROPPED = "dropped", _("不再需要")

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="inspection_tasks", verbose_name=_("销售商户")
    )
    why = models.CharField(_("事由"), max_length=500)
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人"), db_index=False
    )
    asked_at = models.DateTimeField(_("提出时间"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.OPEN)
    inspection = models.ForeignKey(
        Inspection, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("检查")
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("办结人"),
        db_index=False,
    )
    ended_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    objects = InspectionTaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("检查任务")
        ordering: ClassVar = [F("due_on").asc(nulls_last=True), "asked_at", "pk"]
        indexes: ClassVar = [
            models.Index(name="open_inspection_tasks", fields=["merchant"], condition=_OPEN),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_task_says_why",
                condition=Q(why__gt=""),
                violation_error_message=_("请写明为什么要检查。"),
            ),
            models.CheckConstraint(
                name="a_task_ends_by_a_visit_or_a_reason",
                condition=Q(
                    state="open", ended_at__isnull=True, ended_by__isnull=True, inspection__isnull=True
                )
                | Q(state="done", ended_at__isnull=False, ended_by__isnull=False, inspection__isnull=False)
                | Q(
                    state="dropped",
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                    inspection__isnull=True,
                    note__gt="",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merchant} {self.why}"
