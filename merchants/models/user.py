"""People who log in: the regulator's staff, and the members of a merchant."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models.merchant import Merchant


class User(AbstractUser):
    """One person, one account. Staff carry `is_staff`; a merchant's people carry a `Membership`."""

    class Meta(AbstractUser.Meta):
        verbose_name = verbose_name_plural = _("用户")  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Membership(models.Model):
    """A user's place in a merchant. A user belongs to one merchant at most."""

    class Role(models.TextChoices):
        OWNER = "owner", _("负责人")
        CLERK = "clerk", _("店员")

    user = models.OneToOneField(User, models.CASCADE, related_name="membership", verbose_name=_("用户"))
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="memberships", verbose_name=_("销售商户")
    )
    role = models.CharField(_("角色"), max_length=8, choices=Role)
    # Up to which move of the merchant's claims this person has seen the news.
    seen_event_id = models.BigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("商户成员")
        ordering: ClassVar = ["merchant", "user"]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.merchant_id}"
