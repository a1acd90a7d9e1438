"""What was paid, against what the gate before money had to see: whatever was hidden from it for a while is found here."""

from collections.abc import Iterable

from django.db import connection

from subsidies.claims.selectors.payee import payee_in
from subsidies.models import GatePass, Hold, PayeeChange, PayoutLine
from subsidies.payouts.selectors.proof import is_paid_to, not_let_go

MADE = (PayoutLine.State.SUCCESS, PayoutLine.State.RETURNED)
AT_ONCE = 1000
# A hold that stood when the order left. Who cleared it may have another clock than who proved.
_HELD = """
    SELECT DISTINCT line.id FROM subsidies_payoutline line
    JOIN subsidies_gatepass pass ON pass.batch_id = line.batch_id AND line.id <> ALL (pass.withheld)
    JOIN subsidies_hold hold ON hold.claim_id = line.claim_id AND hold.recorded_at < pass.settled_at
        AND (hold.cleared_at IS NULL OR hold.cleared_at > pass.at + interval '5 minutes')
    WHERE line.state IN ('success', 'returned') ORDER BY line.id
"""


def never_passed() -> list[int]:
    """Payments that were made, by their ids, of orders that were never proved."""
    proved = GatePass.objects.values("batch")
    return sorted(
        PayoutLine.objects.filter(state__in=MADE).exclude(batch__in=proved).values_list("pk", flat=True)
    )


def paid_while_held() -> list[int]:
    """Payments that were made, by their ids, though a hold stood when their order left."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD)
        return [pk for (pk,) in cursor.fetchall()]


def paid_elsewhere() -> list[int]:
    """Payments that were made, by their ids, to another payee than the newest, or to one that nobody else let go."""
    changed = PayoutLine.objects.filter(state__in=MADE, claim__in=PayeeChange.objects.values("claim"))
    ids = list(changed.order_by("pk").values_list("pk", flat=True))
    return [pk for start in range(0, len(ids), AT_ONCE) for pk in _elsewhere(ids[start : start + AT_ONCE])]


def _elsewhere(ids: Iterable[int]) -> list[int]:
    lines = PayoutLine.objects.filter(pk__in=ids).order_by("pk").prefetch_related("batch__passes")
    claims = {line.claim_id for line in lines}
    changes = list(PayeeChange.objects.filter(claim__in=claims).order_by("pk"))
    cleared = list(Hold.objects.filter(claim__in=claims, cleared_at__isnull=False))
    found = []
    for line in lines:
        for each in line.batch.passes.all():
            if line.pk in each.withheld:
                continue
            seen = [c for c in changes if c.claim_id == line.claim_id and c.recorded_at < each.settled_at]
            if seen and (not is_paid_to(line, payee_in(seen[-1])) or set(not_let_go(seen, cleared))):
                found.append(line.pk)
                break
    return found
