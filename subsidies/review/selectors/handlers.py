"""Who handled a claim, as a queryset can ask it: the handler is never the approver. `sql/holds.sql` holds it, too."""

from django.db.models import Exists, OuterRef, Q

from core.models import User
from subsidies.models import ClaimEvent, Hold, PaperEvidence, PayeeChange

HANDLING = ("ask_again", "demand_correction")


def handled_by(user: User) -> Q:
    """For a queryset of claims: whether this person asked again, sent back, changed the payee, or had to do with a hold or
    a paper.
    """
    moved = ClaimEvent.objects.filter(claim=OuterRef("pk"), by=user, verb__in=HANDLING)
    held = Hold.objects.filter(Q(placed_by=user) | Q(cleared_by=user), claim=OuterRef("pk"))
    paid_elsewhere = PayeeChange.objects.filter(claim=OuterRef("pk"), by=user)
    papers = PaperEvidence.objects.filter(Q(proposed_by=user) | Q(decided_by=user), claim=OuterRef("pk"))
    return Q(Exists(moved)) | Q(Exists(held)) | Q(Exists(paid_elsewhere)) | Q(Exists(papers))


def changed_payee(user: User) -> Q:
    """For a queryset of claims: whether this person changed the payee of one that is held for it, and so cannot clear it."""
    held = Hold.objects.open().filter(claim=OuterRef("pk"), kind=Hold.Kind.PAYEE)
    changed = Q(Exists(PayeeChange.objects.filter(claim=OuterRef("pk"), by=user)))
    return Q(Exists(held)) & (changed | Q(Exists(held.filter(placed_by=user))))
