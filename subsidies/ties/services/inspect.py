"""A group of doubtful claims becomes something to do: an inspection of the shop that they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from core.models import User
from merchants.models import InspectionTask, Merchant
from merchants.supervision.heads import BY_CODE
from merchants.supervision.inspection_tasks import ask_for_inspection
from subsidies.models import Claim, Hold

MOST_NAMED = 20


class AskedAlready(ValueError):
    """Somebody asked for this shop's inspection for the same reason, and it has not been inspected since."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a shop is to be inspected, as the inspectors read it, and how many of the claims are its own."""

    text: str
    count: int


def reason(
    *, merchant: Merchant, kind: Hold.Kind, claims: Sequence[int], heads: Sequence[str] = ()
) -> Reason:
    """The doubt, the numbers of the shop's own among `claims`, and the `heads` (`supervision.heads`) to look at first."""
    own = Claim.objects.filter(pk__in=claims, trade_in__merchant=merchant).order_by("pk")
    numbers = list(own.values_list("trade_in__record_no", flat=True))
    told = _("、").join(numbers[:MOST_NAMED]) + ("…" if len(numbers) > MOST_NAMED else "")
    text = f"{kind.label}{_('：')}{told}"
    if heads:
        titles = _("、").join(str(BY_CODE[code].title) for code in heads)
        text = _("%(reason)s；重点检查：%(heads)s") % {"reason": text, "heads": titles}
    return Reason(text, len(numbers))


def ask_inspection(
    *,
    merchant: Merchant,
    kind: Hold.Kind,
    told: Reason,
    by: User,
    now: datetime,
    due_on: date | None = None,
) -> InspectionTask:
    """Have the shop inspected, for a reason that `reason` made. Raises AskedAlready; pressed twice, it is one task."""
    if asked_for([merchant], kind):
        raise AskedAlready(f"{merchant.pk} {kind}")
    return ask_for_inspection(shop=merchant, why=told.text, by=by, now=now, due_on=due_on)


def asked_for(merchants: list[Merchant], kind: Hold.Kind) -> set[int]:
    """Those of the merchants, by their ids, whose visit for this doubt is asked for and not made."""
    waiting = InspectionTask.objects.open().filter(merchant__in=merchants, why__startswith=str(kind.label))
    return set(waiting.values_list("merchant", flat=True))
