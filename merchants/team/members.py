"""A merchant's people, as its owner sees them."""

from datetime import datetime

from django.db.models import QuerySet

from core.models import User
from merchants.models import Invitation, Membership, Merchant


class NotTheirs(Exception):
    """No active clerk of this merchant."""


def owns_a_shop(user: User) -> bool:
    """Whether this person is an owner (负责人), who invites others and whose account is worth a second factor."""
    return Membership.objects.filter(user=user, role=Membership.Role.OWNER).exists()


def members_of(merchant: Merchant) -> QuerySet[Membership]:
    """Everybody who belongs to it: owners first, then by name; those who may not log in any more last."""
    members = Membership.objects.filter(merchant=merchant).select_related("user")
    return members.order_by("-user__is_active", "-role", "user__username")


def open_invitations(merchant: Merchant, *, now: datetime) -> QuerySet[Invitation]:
    """Who was invited and has not come yet."""
    return Invitation.objects.filter(merchant=merchant, accepted_at__isnull=True, expires_at__gt=now)


def deactivate(*, merchant: Merchant, user_id: int) -> None:
    """Log a clerk of this merchant out, for good. Raises NotTheirs for anybody else."""
    clerks = User.objects.filter(
        pk=user_id,
        is_active=True,
        is_staff=False,
        membership__merchant=merchant,
        membership__role=Membership.Role.CLERK,
    )
    if not clerks.update(is_active=False):
        raise NotTheirs
