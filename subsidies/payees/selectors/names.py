"""Of which payees the operator has said whose they are."""

from django.conf import settings
from django.db.models import BinaryField, Exists, F, Func, OuterRef, Q, QuerySet

from subsidies.models import Claim, Hold, PayeeCheck, Supplement
from subsidies.states import ClaimState


def name_asked() -> Q:
    """For a queryset of claims: whether the operator has answered about its newest payee; or is not asked at all."""
    if not settings.NAME_CHECK:
        return Q(pk__isnull=False)
    newest = Func(OuterRef("pk"), OuterRef("trade_in_id"), function="payee_of", output_field=BinaryField())
    return Q(Exists(PayeeCheck.objects.filter(claim=OuterRef("pk"), payee_index=newest)))


def to_be_asked() -> QuerySet[Claim]:
    """Claims that are approved, or have a supplement to be paid, of whose payee the operator has still to be asked."""
    payee = Func(F("pk"), F("trade_in_id"), function="payee_of", output_field=BinaryField())
    owed = Supplement.objects.filter(claim=OuterRef("pk"), state=Supplement.State.RESERVED)
    paid_next = Claim.objects.filter(
        Q(state=ClaimState.APPROVED) | Q(state=ClaimState.PAID) & Q(Exists(owed))
    )
    altered = Hold.objects.filter(claim=OuterRef("pk"), kind=Hold.Kind.ALTERED, cleared_at__isnull=True)
    asked_of = paid_next.alias(payee=payee).filter(~name_asked(), ~Exists(altered), payee__isnull=False)
    return asked_of.order_by("pk")
