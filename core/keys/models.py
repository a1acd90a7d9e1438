"""By what the keys of this installation are recognised. The keys themselves are never here."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class KnownKey(models.Model):
    """A key that was used here: `check_value` is what only it gives (KCV).

    `in_force`: of the index keys, the version that every blind index in the tables has. `retired_at`: since when nothing
    needs it any more, so that it may be missing.
    """

    class Ring(models.TextChoices):
        FIELD = "field", _("个人信息密钥")
        INDEX = "index", _("盲索引密钥")
        DECISION = "decision", _("决定印记密钥")
        NUMBER = "number", _("编号密钥")

    ring = models.CharField(_("用途"), max_length=8, choices=Ring)
    number = models.PositiveSmallIntegerField(_("编号"))
    check_value = models.BinaryField(_("校验值"), max_length=8)
    in_force = models.BooleanField(_("在用"), default=False)
    known_since = models.DateTimeField(_("首次使用"), auto_now_add=True)
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("密钥")
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_key_has_one_id", fields=["ring", "number"]),
            models.UniqueConstraint(
                name="one_index_version_is_in_force",
                fields=["ring"],
                condition=Q(in_force=True),
            ),
            models.CheckConstraint(
                name="only_index_keys_are_in_force", condition=Q(in_force=False) | Q(ring="index")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_ring_display()} {self.number}"
