"""From where people are logged in, and the devices on which they were."""

from typing import ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.accounts.models.user import User


class KnownDevice(models.Model):
    """A browser on which somebody logged in completely. Its cookie holds a random token, of which a digest is kept.

    It opens nothing: who has it is not delayed by what others try under the same name, and a shop's people stay in for a
    shift. A row that is gone is known no more, and the sessions on it end.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="devices", verbose_name=_("用户"))
    digest = models.BinaryField(max_length=16)
    browser = models.CharField(_("设备"), max_length=60)
    made_at = models.DateTimeField(_("首次登录"))
    seen_at = models.DateTimeField(_("上次登录"))

    class Meta:
        verbose_name = verbose_name_plural = _("常用设备")
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_device_is_known_once_to_a_person", fields=["user", "digest"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.browser}"


class Session(AbstractBaseSession):
    """One session, of whom and on what. `session_key` is a digest: from the table nobody can take a session over.

    Triggers (`accounts/sql/sessions.sql`) end a person's sessions with what they rest upon: the password, the roles,
    the second factor, the account.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions", verbose_name=_("用户"))
    device = models.ForeignKey(KnownDevice, models.CASCADE, null=True, related_name="sessions")
    browser = models.CharField(_("设备"), max_length=60, blank=True)
    address = models.GenericIPAddressField(_("来源地址"), null=True)
    begun_at = models.DateTimeField(_("登录时间"), null=True)
    seen_at = models.DateTimeField(_("最近操作"), null=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = _("登录会话")  # type: ignore[assignment]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_persons_session_says_since_when",
                condition=Q(user=None) | Q(begun_at__isnull=False, seen_at__isnull=False),
            )
        ]

    @classmethod
    def get_session_store_class(cls) -> type:
        from core.accounts.session_store import SessionStore  # noqa: PLC0415 - it reads this table

        return SessionStore
