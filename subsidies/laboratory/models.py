"""Replays that somebody asked for, and the forecasts of each day beside what came."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from subsidies.schemes.models.scheme import Scheme


class LaboratoryRun(models.Model):
    """A scheme's records replayed under one or two variants of its rules (推演). Nothing of it is real.

    `variants` are what was asked for (`variants.py`), `inputs` the last rows of history that went in, `result` counts and
    sums, no person. `digest` is SHA-256 of the result: gone through once more, the same inputs give the same one.
    `sql/laboratory.sql` refuses to delete a run, or to change what was asked for or found.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待中")
        WORKING = "working", _("推演中")
        READY = "ready", _("已完成")
        FAILED = "failed", _("未完成")

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="laboratory_runs", verbose_name=_("补贴方案")
    )
    title = models.CharField(_("名称"), max_length=100)
    note = models.CharField(_("想弄清什么"), max_length=500, blank=True)
    variants = models.JSONField(_("假设的规定"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.WAITING)
    progress = models.FloatField(_("进度"), default=0)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    failure = models.CharField(_("失败原因"), max_length=200, blank=True)
    inputs = models.JSONField(_("所用的记录"), null=True, blank=True)
    result = models.JSONField(_("结果"), null=True, blank=True)
    digest = models.CharField(_("结果指纹"), max_length=64, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("推演人")
    )
    asked_at = models.DateTimeField(_("提出时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    repeat_asked_at = models.DateTimeField(_("要求复算的时间"), null=True, blank=True)
    repeated_at = models.DateTimeField(_("复算时间"), null=True, blank=True)
    repeated_digest = models.CharField(_("复算的指纹"), max_length=64, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("推演"), pgettext_lazy("many", "推演")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(
                name="runs_to_be_worked", fields=["id"], condition=Q(state__in=["waiting", "working"])
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_run_has_a_title", condition=Q(title__gt="")),
            models.CheckConstraint(
                name="a_ready_run_has_a_result",
                condition=~Q(state="ready")
                | Q(digest__gt="", result__isnull=False, inputs__isnull=False, finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_run_fails_for_a_reason",
                condition=Q(state="failed", failure__gt="") | Q(~Q(state="failed"), failure=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for it."""
        return self.state in (self.State.WAITING, self.State.WORKING)


class DailyForecast(models.Model):
    """What was forecast of a scheme on one day, and what came. `funded_fen`: the budget that the forecast went by.

    The pace is scored by the seven days after, the end when it is known. Where the budget changed meanwhile, the forecast
    of the end is not scored: it was about other money.
    """

    class End(models.TextChoices):
        ENDED = "ended", _("资金用完")
        LASTED = "lasted", _("各阶段结束时仍有剩余")
        CHANGED = "changed", _("资金后有增减，不评")

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="forecasts", verbose_name=_("补贴方案"))
    day = models.DateField(_("日期"))
    made_at = models.DateTimeField(_("作出时间"))
    funded_fen = models.BigIntegerField(_("资金总额(分)"))
    untold = models.CharField(_("不能预计的原因"), max_length=16, blank=True)
    low = models.FloatField(_("慢时每天"), null=True, blank=True)
    median = models.FloatField(_("平常每天"), null=True, blank=True)
    high = models.FloatField(_("快时每天"), null=True, blank=True)
    likely = models.DateField(_("预计用完"), null=True, blank=True)
    earliest = models.DateField(_("最早"), null=True, blank=True)
    latest = models.DateField(_("最晚"), null=True, blank=True)
    came_per_day = models.FloatField(_("之后七天每天"), null=True, blank=True)
    pace_scored_at = models.DateTimeField(_("速度评分时间"), null=True, blank=True)
    end = models.CharField(_("结局"), max_length=8, choices=End, blank=True)
    ended_on = models.DateField(_("实际用完"), null=True, blank=True)
    end_scored_at = models.DateTimeField(_("用完评分时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("每日预计")
        ordering: ClassVar = ["scheme", "-day"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_forecast_a_day", fields=["scheme", "day"]),
            models.CheckConstraint(
                name="a_forecast_has_a_pace_or_a_reason",
                condition=Q(untold="", median__isnull=False) | Q(untold__gt="", median__isnull=True),
            ),
            models.CheckConstraint(
                name="an_end_has_its_day",
                condition=Q(end="ended", ended_on__isnull=False) | Q(~Q(end="ended"), ended_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.day}"
