"""Who handled a claim, as a queryset can ask it: the handler is never the approver. `sql/holds.sql` holds it, too."""

from django.db.models import Exists, OuterRef, Q

from core.models import User
from subsidies.models import ClaimEvent, Hold

HANDLING = ("ask_again", "demand_correction")


def handled_by(user: User) -> Q:
    """For a queryset of claims: whether this person asked again, sent back, or placed or cleared a hold of one."""
    moved = ClaimEvent.objects.filter(claim=OuterRef("pk"), by=user, verb__in=HANDLING)
    held = Hold.objects.filter(Q(placed_by=user) | Q(cleared_by=user), claim=OuterRef("pk"))
    return Q(Exists(moved)) | Q(Exists(held))
