"""The people of a local district: staff in every role, one who may do everything, and a merchant's owner."""

import secrets
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.accounts.roles import title_of
from core.audit.acting import acting
from core.database.owner import owning
from core.models import User
from core.rights.first import EVERYTHING, lay_roles
from merchants.models import Invitation, Membership, Merchant
from merchants.team.invitations import confirm, invite

# User name → role. Two in finance: whoever made a payout does not release it.
STAFF = {
    "officer": "officer",
    "reviewer": "reviewer",
    "finance": "finance",
    "releaser": "finance",
    "auditor": "auditor",
    "sysadmin": "sysadmin",
    "security": "security",
    "merchants": "merchant_manager",
    "city": "city_overseer",
}


@dataclass(frozen=True, slots=True)
class Login:
    """A login to be printed once: the password is not kept anywhere."""

    who: str
    username: str
    password: str


def make_staff() -> tuple[User, User, User]:
    """The reviewer who approves, the finance officer who makes payouts, and the one who releases them."""
    reviewer, maker, releaser = (in_role(name) for name in ("reviewer", "finance", "releaser"))
    return reviewer, maker, releaser


def scheme_makers() -> tuple[User, User]:
    """The officer who proposes what a scheme is like, and who approves it."""
    return in_role("officer"), in_role("reviewer")


def make_logins() -> list[Login]:
    """One who may do everything, one of each role, the owner of the first merchant, each with a fresh password."""
    with owning():
        boss = User.objects.update_or_create(
            username="staff", defaults={"full_name": _("全部权限"), "is_staff": True, "is_superuser": True}
        )[0]
        lay_roles(boss, [EVERYTHING], at=timezone.now())
    people = [(boss, _("全部权限")), *((in_role(name), title_of(role)) for name, role in STAFF.items())]
    return [_fresh_login(user, who) for user, who in [*people, (_first_owner(), _("商户"))]]


def in_role(username: str) -> User:
    """Whoever has that role here. They are all made at once, by the owner: a local district has nobody to propose them."""
    role = STAFF[username]
    here = User.objects.filter(username=username, groups__name=role).first()
    if here is not None:
        return here
    with owning():
        for name, each in STAFF.items():
            title = _("放行") if name == "releaser" else title_of(each)
            told = {"full_name": title, "is_staff": True}
            user, _made = User.objects.get_or_create(username=name, defaults=told)
            lay_roles(user, [each], at=timezone.now())
    return User.objects.get(username=username)


def _first_owner() -> User:
    merchant = Merchant.objects.filter(trade_ins__isnull=False).order_by("uscc").first()
    owner = User.objects.update_or_create(username="merchant", defaults={"full_name": _("店主")})[0]
    if merchant is not None:
        with acting("make_logins", by=None, now=timezone.now()):
            Membership.objects.update_or_create(
                user=owner, defaults={"merchant": merchant, "role": Membership.Role.OWNER}
            )
    return owner


def invite_owner() -> str:
    """The token of an invitation for the owner of a merchant that nobody has joined, and whose letter is to be signed."""
    nobodys = Merchant.objects.filter(memberships=None, agent_points__isnull=False)
    merchant = nobodys.order_by(F("letters__signed_on").desc(nulls_first=True), "uscc")[0]
    staff, role, now = User.objects.get(username="staff"), Membership.Role.OWNER, timezone.now()
    token = invite(merchant=merchant, role=role, name=_("新店主"), by=staff, now=now)
    confirm(invitation=Invitation.objects.latest("pk"), by=in_role("merchants"), now=now)
    return token


def _fresh_login(user: User, who: str) -> Login:
    password = secrets.token_urlsafe(9)
    with acting("password", by=user, now=timezone.now()):
        user.set_password(password)
        user.save(update_fields=["password"])
    return Login(who, user.username, password)
