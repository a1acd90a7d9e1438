"""What was held when it ended stays held when it comes again: a record that is withdrawn and sent anew loses no doubt."""

from datetime import datetime

from django.db import connection

from core.models import User
from subsidies.models import Hold
from subsidies.review.services.holds import place_holds

# Of each new claim: the open holds of an ended one for the same bike or vehicle; and that it is paid elsewhere than that.
_BEFORE = """
    WITH came AS (
        SELECT c.id, c.filing_plate_no, c.vehicle_code, t.wallet_index, t.phone_index
        FROM ebikes_tradein t JOIN subsidies_claim c ON c.trade_in_id = t.id WHERE t.batch_id = %(batch)s
    ), before AS (
        SELECT came.*, old.id AS old, old.trade_in_id FROM came JOIN subsidies_claim old
            ON old.filing_plate_no = came.filing_plate_no AND old.id < came.id AND NOT old.live
        UNION
        SELECT came.*, old.id, old.trade_in_id FROM came JOIN subsidies_claim old
            ON old.vehicle_code = came.vehicle_code AND old.id < came.id AND NOT old.live
    )
    SELECT DISTINCT b.id, h.kind, b.old FROM before b JOIN subsidies_hold h ON h.claim_id = b.old AND h.cleared_at IS NULL
    UNION
    SELECT b.id, 'payee', b.old FROM before b JOIN ebikes_tradein t ON t.id = b.trade_in_id
    JOIN subsidies_claim c ON c.id = b.old AND c.state = 'cancelled'
    WHERE coalesce(t.wallet_index, t.phone_index) IS DISTINCT FROM coalesce(b.wallet_index, b.phone_index)
"""


def hold_again(*, batch_id: int, by: User | None, now: datetime) -> None:
    """Hold the claims of this batch for what held the ended ones before them, or would have held another payee of theirs."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, {"batch": batch_id})
        found = cursor.fetchall()
    for kind in {kind for _claim, kind, _before in found}:
        evidence = {claim: {"before": before} for claim, its, before in found if its == kind}
        place_holds(kind=Hold.Kind(kind), evidence=evidence, by=by, now=now)
