"""Finding claims by what people have in hand: a record number, a plate, a vehicle code."""

from django.db.models import QuerySet

from ebikes.importing.fields import plate
from ebikes.importing.text import compact
from subsidies.models import Claim

MOST = 200


def find_claims(text: str, claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Those of `claims` that `text` names exactly, at most 200.

    Each way of naming has its own index; asked together, they would have none.
    """
    number, bare = compact(text), plate(text)
    ways = (
        Claim.objects.filter(trade_in__record_no=number),
        Claim.objects.filter(trade_in__filing_plate_no=bare),
        Claim.objects.filter(trade_in__digital_plate_no=bare),
        Claim.objects.filter(trade_in__vehicle_code=number),
    )
    found = {pk for way in ways for pk in way.values_list("pk", flat=True)[:MOST]}
    return claims.filter(pk__in=found)
