"""That a process of ours is alive, as it says itself."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkerHeartbeat(models.Model):
    """A worker, or the clock that gives the workers their sweeps, and when it last said that it is there."""

    class Kind(models.TextChoices):
        WORKER = "worker", _("后台进程")
        CLOCK = "clock", _("定时器")

    name = models.CharField(_("名称"), max_length=255)
    kind = models.CharField(_("种类"), max_length=8, choices=Kind)
    seen_at = models.DateTimeField(_("最近一次报到"))

    class Meta:
        verbose_name = verbose_name_plural = _("后台进程状况")
        constraints: ClassVar = [models.UniqueConstraint(name="one_heartbeat_each", fields=["kind", "name"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
