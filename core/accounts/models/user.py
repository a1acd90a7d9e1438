"""People who log in: the regulator's staff, and the members of a merchant."""

from contextlib import suppress
from typing import ClassVar

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.debug import sensitive_variables

from core.privacy.sealing import SealedField
from core.privacy.unreadable import Unreadable, showing


class User(AbstractUser):
    """One person, one account. Staff carry `is_staff`; a merchant's people carry a `Membership`. The name rests sealed."""

    first_name = last_name = None  # type: ignore[assignment]
    full_name = SealedField(
        _("姓名"), null=True, blank=True, editable=True, max_length=150, bound_to=["username"]
    )
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

    def get_full_name(self) -> str:
        """The name; empty where there is none, or none that opens: then the user name tells who it is, and nothing stops."""
        with showing():
            name = self.full_name
        return "" if isinstance(name, Unreadable) else name or ""

    def get_short_name(self) -> str:
        return self.get_full_name()

    @sensitive_variables("raw_password")
    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is this person's. A right one whose hash is of an older kind is hashed anew, in the person's name."""

        def hash_anew(raw_password: str) -> None:
            from core.audit.acting import acting  # noqa: PLC0415 - it has people, so they come first

            self.set_password(raw_password)
            self._password = None  # it is the same one: nobody is told of a change
            with suppress(IntegrityError), acting("hash_anew", by=self, now=timezone.now()):
                self.save(update_fields=["password"])  # not of somebody who is shut out

        return check_password(raw_password, self.password, hash_anew)

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
