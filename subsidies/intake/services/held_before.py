"""What was held when it ended stays held when it comes again: a record that is withdrawn and sent anew loses no doubt."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from core.models import User
from subsidies.claims.selectors.payee import Payee, payees_of
from subsidies.models import Claim, Hold
from subsidies.review.services.holds import place_holds

# Of each claim that came: the ended ones for the same bike or vehicle; the payee counts as well, but where a claim of
# somebody else was refused or recovered.
_BEFORE = """
    WITH came AS (
        SELECT c.* FROM ebikes_tradein t JOIN subsidies_claim c ON c.trade_in_id = t.id WHERE t.batch_id = %(batch)s
    )
    SELECT came.id, old.id, old.state = 'cancelled' OR old.owner_id = came.owner_id FROM came
    JOIN subsidies_claim old ON old.filing_plate_no = came.filing_plate_no AND old.id < came.id AND NOT old.live
    UNION
    SELECT came.id, old.id, old.state = 'cancelled' OR old.owner_id = came.owner_id FROM came
    JOIN subsidies_claim old ON old.vehicle_code = came.vehicle_code AND old.id < came.id AND NOT old.live
"""


class Again(NamedTuple):
    """A claim in the place of an ended one (ids); `payee`: whether it is to be paid as that was."""

    claim: int
    before: int
    payee: bool = True


def hold_again(*, batch_id: int, by: User | None, now: datetime) -> None:
    """Hold the claims of this batch for what held the ended ones before them, and where they are paid elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, {"batch": batch_id})
        came = [Again(*row) for row in cursor.fetchall()]
    hold_as_before(came, by=by, now=now)


def hold_as_before(came: Sequence[Again], *, by: User | None, now: datetime) -> None:
    """What held the claim before holds that which takes its place, with its evidence; another payee as any change of one."""
    if not came:
        return
    claims = Claim.objects.select_related("trade_in").in_bulk({pk for each in came for pk in each[:2]})
    payees = payees_of(claims.values())
    open_ones: dict[int, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.open().filter(claim__in=[each.before for each in came]):
        open_ones[hold.claim_id].append(hold)
    held: dict[str, dict[int, Any]] = defaultdict(dict)
    for each in came:
        for hold in open_ones[each.before]:
            held[hold.kind].setdefault(each.claim, hold.evidence)
        if each.payee and _where(payees[each.claim]) != _where(payees[each.before]):
            held[Hold.Kind.PAYEE][each.claim] = {}
    for kind, evidence in held.items():
        place_holds(kind=Hold.Kind(kind), evidence=evidence, by=by, now=now)


def _where(payee: Payee) -> str | None:
    return payee.wallet_no or payee.phone
