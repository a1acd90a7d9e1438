"""The people of a local district: staff in three parts, an administrator, and a merchant's clerk."""

import secrets
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from merchants.invitations import invite
from merchants.models import Membership, Merchant, User


@dataclass(frozen=True, slots=True)
class Login:
    """A login to be printed once: the password is not kept anywhere."""

    who: str
    username: str
    password: str


def make_staff() -> tuple[User, User, User]:
    """The reviewer who approves, the finance officer who makes payouts, and the one who releases them."""
    reviewer, maker, releaser = (
        User.objects.get_or_create(username=name, defaults={"first_name": title, "is_staff": True})[0]
        for name, title in (("reviewer", _("复核")), ("finance", _("财务")), ("releaser", _("放行")))
    )
    return reviewer, maker, releaser


def make_logins() -> list[Login]:
    """A staff member who may see everything, and the owner of the first merchant, each with a fresh password."""
    staff = User.objects.update_or_create(
        username="staff", defaults={"first_name": _("经办"), "is_staff": True, "is_superuser": True}
    )[0]
    merchant = Merchant.objects.filter(trade_ins__isnull=False).order_by("uscc").first()
    owner = User.objects.update_or_create(username="merchant", defaults={"first_name": _("店主")})[0]
    if merchant is not None:
        Membership.objects.update_or_create(
            user=owner, defaults={"merchant": merchant, "role": Membership.Role.OWNER}
        )
    return [_fresh_login(staff, _("工作人员")), _fresh_login(owner, _("商户"))]


def invite_owner() -> str:
    """The token of an invitation for the owner of a merchant that nobody has joined yet."""
    merchant = Merchant.objects.filter(memberships=None, agent_points__isnull=False).order_by("uscc")[0]
    staff = User.objects.get(username="staff")
    role = Membership.Role.OWNER
    return invite(merchant=merchant, role=role, name=_("新店主"), by=staff, now=timezone.now())


def _fresh_login(user: User, who: str) -> Login:
    password = secrets.token_urlsafe(9)
    user.set_password(password)
    user.save(update_fields=["password"])
    return Login(who, user.username, password)
