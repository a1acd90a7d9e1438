"""With what staff show, after the password, who they are."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.accounts.models.user import User
from core.privacy.sealing import SealedField


class SecondFactor(models.Model):
    """A device that shows one-time codes. It is confirmed: rows are made by a right code alone.

    `last_step` is the step (30 seconds since 1970) of the newest code that was taken: it and older ones are taken no more.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor", verbose_name=_("用户"))
    secret = SealedField(bound_to=["user_id"])
    last_step = models.BigIntegerField()
    confirmed_at = models.DateTimeField(_("绑定时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("两步验证")

    def __str__(self) -> str:
        return f"{self.user_id}"


class Passkey(models.Model):
    """A key that a phone, a computer or a stick keeps and uses only once it has seen that it is its person (WebAuthn).

    `credential` is what the authenticator said of it when it was made (base64): id and public key, no secret, but sealed for
    its person, so that nobody writes his own key beside another's name. `sign_count` is the
    authenticator's own counter at the last use: one that does not grow is a copy.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="passkeys", verbose_name=_("用户"))
    name = models.CharField(_("名称"), max_length=40)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    credential = SealedField(bound_to=["user_id"])
    sign_count = models.BigIntegerField()
    made_at = models.DateTimeField(_("添加时间"))
    used_at = models.DateTimeField(_("上次使用"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("通行密钥")
        ordering: ClassVar = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.name}"


class RecoveryCode(models.Model):
    """A code for the day on which the device is lost, good once. Only its keyed digest is kept."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=16)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="recovery_codes_of_a_person_differ", fields=["factor", "digest"])
        ]

    def __str__(self) -> str:
        return f"{self.factor_id} {self.used_at or ''}"
