"""People who log in: the regulator's staff, and the members of a merchant."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class User(AbstractUser):
    """One person, one account. Staff carry `is_staff`; a merchant's people carry a `Membership`."""

    must_change_password = models.BooleanField(
        _("下次登录须修改密码"), default=False, help_text=_("由他人设置的密码，本人登录后须先修改。")
    )

    class Meta(AbstractUser.Meta):
        verbose_name, verbose_name_plural = _("用户"), pgettext_lazy("many", "用户")  # type: ignore[assignment]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_names_differ_by_more_than_capitals",
                violation_error_message=_("已有这个用户名，请换一个。"),
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_of_office(self) -> bool:
        """Whether it is one of the regulator's own people, whatever they may do."""
        return self.is_staff or self.is_superuser


class PasswordHistory(models.Model):
    """The hash of a password that somebody has or had: the latest five of each person are kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="passwords", verbose_name=_("用户"))
    password = models.CharField(_("密码"), max_length=128)
    set_at = models.DateTimeField(_("设置时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("历史密码")
        ordering: ClassVar = ["user", "-set_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at}"
