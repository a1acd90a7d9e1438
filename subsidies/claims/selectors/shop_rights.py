"""What of a claim a shop's people do alone."""

from core.models import User
from merchants.models import Membership
from subsidies.models import Claim
from subsidies.states import RESERVED


def is_for_the_owner(claim: Claim, user: User) -> bool:
    """Money is set aside for it, and this person is a clerk (店员): the shop's owner (负责人) withdraws it, corrects it or
    has it paid elsewhere. PostgreSQL holds it so, too (`claims/sql/shop.sql`).
    """
    return (
        claim.state in RESERVED and Membership.objects.filter(user=user, role=Membership.Role.CLERK).exists()
    )
