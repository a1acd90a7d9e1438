"""A group of doubtful claims becomes something to do: an inspection of the shop that they come from."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.models import User
from merchants.models import InspectionTask, Merchant
from merchants.supervision.inspection_tasks import ask_for_inspection
from subsidies.models import Claim, Hold

MOST_NAMED = 20


class AskedAlready(ValueError):
    """Somebody asked for this shop's inspection for the same reason, and it has not been inspected since."""


def ask_inspection(
    *, merchant: Merchant, kind: Hold.Kind, claims: list[int], by: User, now: datetime
) -> InspectionTask:
    """Have the shop inspected for those of `claims` that are its own. Raises AskedAlready; pressed twice, it is one task."""
    if merchant.pk in asked_for([merchant], kind):
        raise AskedAlready(f"{merchant.pk} {kind}")
    own = Claim.objects.filter(pk__in=claims, trade_in__merchant=merchant).order_by("pk")
    numbers = own.values_list("trade_in__record_no", flat=True)[: MOST_NAMED + 1]
    told = _("、").join(numbers[:MOST_NAMED]) + ("…" if len(numbers) > MOST_NAMED else "")
    return ask_for_inspection(shop=merchant, why=f"{kind.label}{_('：')}{told}", by=by, now=now)


def asked_for(merchants: list[Merchant], kind: Hold.Kind) -> set[int]:
    """Those of the merchants, by their ids, whose visit for this doubt is asked for and not made."""
    waiting = InspectionTask.objects.open().filter(merchant__in=merchants, why__startswith=str(kind.label))
    return set(waiting.values_list("merchant", flat=True))
