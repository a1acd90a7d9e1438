"""A group of doubtful claims becomes something to do: an inspection of the shop that they come from."""

from datetime import datetime

from core.audit.acting import acting
from core.models import User
from merchants.models import Merchant
from subsidies.models import Claim, Hold, InspectionTask

MOST_NAMED = 200


class AskedAlready(ValueError):
    """Somebody asked for this shop's inspection for the same reason, and it has not been inspected since."""


def ask_inspection(
    *, merchant: Merchant, kind: Hold.Kind, claims: list[int], by: User, now: datetime
) -> InspectionTask:
    """Have the shop inspected for those of `claims` that are its own. Raises AskedAlready; pressed twice, it is one task."""
    with acting("ask_inspection", by=by, now=now):
        Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
        if InspectionTask.objects.open().filter(merchant=merchant, kind=kind).exists():
            raise AskedAlready(f"{merchant.pk} {kind}")
        own = Claim.objects.filter(pk__in=claims, trade_in__merchant=merchant).order_by("pk")
        numbers = own.values_list("trade_in__record_no", flat=True)[:MOST_NAMED]
        return InspectionTask.objects.create(
            merchant=merchant, kind=kind, record_nos=list(numbers), asked_by=by, asked_at=now
        )
