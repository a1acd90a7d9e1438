"""Of which payees the operator has said whose they are."""

from django.conf import settings
from django.db.models import BinaryField, Exists, F, Func, OuterRef, Q, QuerySet

from subsidies.models import Claim, PayeeCheck
from subsidies.states import ClaimState


def name_asked() -> Q:
    """For a queryset of claims: whether the operator has answered about its newest payee; or is not asked at all."""
    if not settings.NAME_CHECK:
        return Q(pk__isnull=False)
    newest = Func(OuterRef("pk"), OuterRef("trade_in_id"), function="payee_of", output_field=BinaryField())
    return Q(Exists(PayeeCheck.objects.filter(claim=OuterRef("pk"), payee_index=newest)))


def to_be_asked() -> QuerySet[Claim]:
    """Approved claims about whose payee the operator has still to be asked, the oldest first."""
    payee = Func(F("pk"), F("trade_in_id"), function="payee_of", output_field=BinaryField())
    approved = Claim.objects.filter(state=ClaimState.APPROVED).alias(payee=payee)
    return approved.filter(~name_asked(), payee__isnull=False).order_by("pk")
