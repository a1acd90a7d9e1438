"""A stop of all payouts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PayoutStop(models.Model):
    """While one is open nothing leaves. It ends when the operator's book was read back and two people confirmed it."""

    class State(models.TextChoices):
        OPEN = "open", _("已停止发放")
        ENDED = "ended", _("已恢复发放")

    class Why(models.TextChoices):
        BEHIND = "behind", _("数据库落后于库外的锚点，可能是从备份恢复的")
        FORGED = "forged", _("报警：有决定或付款结果不是本系统所作")
        BY_HAND = "by_hand", _("人工停止")

    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.OPEN)
    why = models.CharField(_("原因"), max_length=8, choices=Why)
    detail = models.CharField(_("说明"), max_length=200, blank=True)
    begun_at = models.DateTimeField(_("停止时间"))
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("停止人"),
    )
    book_read_at = models.DateTimeField(_("读回账目时间"), null=True, blank=True)
    book_read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("读回人"),
    )
    found = models.JSONField(_("核对结果"), default=dict)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("第一确认人"),
    )
    first_at = models.DateTimeField(_("第一确认时间"), null=True, blank=True)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("第二确认人"),
    )
    ended_at = models.DateTimeField(_("恢复时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("停止发放")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_open_stop", fields=["state"], condition=Q(state="open")),
            models.CheckConstraint(
                name="a_stop_ends_by_two_people_who_read_the_book",
                condition=Q(state="open", second_by__isnull=True, ended_at__isnull=True)
                | (
                    Q(
                        state="ended",
                        book_read_at__isnull=False,
                        first_by__isnull=False,
                        second_by__isnull=False,
                        ended_at__isnull=False,
                    )
                    & ~Q(first_by=F("second_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.begun_at:%Y-%m-%d}"
