"""What went out before for the same bike or vehicle is back, and somebody decided so: else nothing goes out for it again."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q

from core.decisions import unmarked
from subsidies import marked
from subsidies.models import Claim, PayoutLine, RecoveryReceipt
from subsidies.payouts.selectors.outcomes import unproved_outcomes

ENDED = (PayoutLine.State.SUCCESS, *PayoutLine.OVER)
CONFIRMED = RecoveryReceipt.State.CONFIRMED


def paid_before(claims: Collection[Claim]) -> set[int]:
    """Those of these claims, by their ids, whose bike or vehicle was paid for before, and it is not proved to be back."""
    of_bike, of_vehicle = defaultdict(set), defaultdict(set)
    for claim in claims:
        of_bike[claim.filing_plate_no].add(claim.pk)
        of_vehicle[claim.vehicle_code].add(claim.pk)
    ended = Claim.objects.filter(Q(filing_plate_no__in=of_bike) | Q(vehicle_code__in=of_vehicle), live=False)
    rows = list(ended.order_by().values_list("pk", "filing_plate_no", "vehicle_code"))
    kept = _not_back([pk for pk, _plate, _code in rows])
    found: set[int] = set()
    for pk, plate, code in rows:
        if pk in kept:
            found |= of_bike[plate] | of_vehicle[code]
    return found


def _not_back(claims: Iterable[int]) -> set[int]:
    """Those of whose payments an end was made up, or of which less came back than they were paid."""
    ids = list(claims)
    lines = list(PayoutLine.objects.filter(claim__in=ids, state__in=ENDED).select_related("claim"))
    untold = unproved_outcomes(lines)
    kept: Counter[int] = Counter()
    for line in lines:
        if line.state == PayoutLine.State.SUCCESS:
            kept[line.claim_id] += line.amount_fen
    set_off = RecoveryReceipt.objects.filter(set_off__in=ids, state=CONFIRMED)
    kept.update(dict(set_off.values_list("set_off", "amount_fen")))
    kept.subtract(_came_back(ids))
    return {line.claim_id for line in lines if line.pk in untold} | {
        pk for pk, fen in kept.items() if fen > 0
    }


def _came_back(claims: Collection[int]) -> Counter[int]:
    """What two people booked of each claim, in fen, in cases that two people opened."""
    receipts = RecoveryReceipt.objects.filter(case__claim__in=claims, state=CONFIRMED)
    rows = list(receipts.order_by().values_list("pk", "case", "case__claim", "amount_fen"))
    ids, cases = [row[0] for row in rows], {row[1] for row in rows}
    bare = unmarked(marked.RECEIPT_TAKEN, ids) | unmarked(marked.RECEIPT_CONFIRMED, ids)
    opened = cases - unmarked(marked.RECOVERY_PROPOSED, cases) - unmarked(marked.RECOVERY_CONFIRMED, cases)
    back: Counter[int] = Counter()
    for pk, case, claim, fen in rows:
        if pk not in bare and case in opened:
            back[claim] += fen
    return back
