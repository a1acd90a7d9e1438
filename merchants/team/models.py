"""How a merchant's people get their accounts: somebody who may, invites them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.accounts.models.user import User
from core.privacy.sealing import DrawnIdField, SealedField
from merchants.shops.models import Merchant


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
        return f"{self.user.get_username()} @ {self.merchant}"  # which is logged


class Invitation(models.Model):
    """A place in a merchant for whoever holds the link, once. Of the link's token only a keyed digest is kept.

    Where one of the staff invites, another confirms it before anybody comes in.
    """

    id = DrawnIdField(primary_key=True)
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="invitations", verbose_name=_("销售商户")
    )
    role = models.CharField(_("角色"), max_length=8, choices=Membership.Role)
    name = SealedField(_("姓名"))
    token_hash = models.CharField(_("链接指纹"), max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("邀请人")
    )
    invited_at = models.DateTimeField(_("邀请时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    confirmed_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("确认人"),
    )
    accepted_at = models.DateTimeField(_("接受时间"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("接受人"),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("邀请"), pgettext_lazy("many", "邀请")
        ordering: ClassVar = ["-invited_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="invitation_confirmed_by_another",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | (
                    Q(confirmed_at__isnull=False, confirmed_by__isnull=False)
                    & ~Q(confirmed_by=F("invited_by"))
                ),
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody_at_some_time",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merchant} {self.get_role_display()}"
