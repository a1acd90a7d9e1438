"""A trade-in asks for its subsidy: one claim each, refused at the door where its bike or vehicle has one already."""

from datetime import datetime

from django.db import connection

from core.audit.acting import acting
from core.models import User
from subsidies.claims.arriving import arriving
from subsidies.models import Scheme
from subsidies.schemes.services.terms import hold_terms

_NEW = """
    SELECT * FROM ebikes_tradein t
    WHERE t.batch_id = %(batch)s AND NOT EXISTS (SELECT FROM subsidies_claim c WHERE c.trade_in_id = t.id)
"""
# A claim per trade-in that has none, in the order received.
_RECEIVE = (
    arriving(_NEW)  # noqa: S608 - constant text
    + """
    INSERT INTO subsidies_claim
        (scheme_id, trade_in_id, owner_id, filing_plate_no, vehicle_code, state, refusals, stage_id, amount_fen,
         completed_at, completed_by, received_at, policy_id, next_check_at, check_attempts)
    SELECT %(scheme)s, id, owner_id, filing_plate_no, vehicle_code,
           CASE WHEN refused THEN 'refused' ELSE 'received' END, refusals, stage_id, amount_fen, completed_at,
           completed_by, received_at, %(policy)s, CASE WHEN NOT refused THEN %(now)s::timestamptz END, 0
    FROM claims ORDER BY id
"""
)


def receive_claims(*, scheme: Scheme, batch_id: int, by: User | None, now: datetime) -> int:
    """Make a claim for every trade-in of a confirmed batch; return how many. A second call makes none.

    Nobody waits for anybody but for another claim of the same bike or vehicle. Raises IntegrityError where that was quicker.
    """
    with acting("receive_claims", by=by, now=now), connection.cursor() as cursor:
        hold_terms(scheme)
        policy = scheme.policy
        cursor.execute(_RECEIVE, {"scheme": scheme.pk, "batch": batch_id, "policy": policy.pk, "now": now})
        return int(cursor.rowcount)
