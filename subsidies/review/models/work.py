"""What keeps the work lists going: how far the sweep for signals has come, and who has which case before them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from subsidies.claims.models.claim import Claim


class SignalSweep(models.Model):
    """One sweep for signals: the newest rows that it saw. The next one begins where one of an hour ago stood.

    `proof`: a keyed digest of when and how far, so that nobody moves it on (`selectors/looked_at.py`).
    """

    at = models.DateTimeField(_("时间"), unique=True)
    last_claim = models.BigIntegerField()
    last_check = models.BigIntegerField()
    last_photo = models.BigIntegerField()
    last_payee = models.BigIntegerField(default=0)
    placed = models.PositiveIntegerField(_("新暂缓"))
    proof = models.BinaryField(max_length=16)

    class Meta:
        verbose_name = verbose_name_plural = _("疑点扫描")
        ordering: ClassVar = ["at"]

    def __str__(self) -> str:
        return f"{self.at} {self.placed}"


class CaseLook(models.Model):
    """Somebody has a case open: a courtesy to colleagues that runs out by itself, never a lock."""

    claim = models.OneToOneField(Claim, models.CASCADE, primary_key=True, related_name="look")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = _("正在查看")

    def __str__(self) -> str:
        return f"{self.claim_id} {self.by_id}"
