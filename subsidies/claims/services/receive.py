"""A trade-in asks for its subsidy: one claim each, refused at the door where its bike or vehicle has one already."""

from datetime import datetime

from django.db import connection

from core.audit.acting import acting
from core.models import User
from subsidies.claims.arriving import arriving
from subsidies.models import Scheme
from subsidies.schemes.calendar import lock_calendar
from subsidies.schemes.selectors.current import NoScheme, SchemesShut
from subsidies.schemes.states import SchemeState

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
    SELECT c.scheme_id, c.id, owner_id, filing_plate_no, vehicle_code,
           CASE WHEN refused THEN 'refused' ELSE 'received' END, refusals, stage_id, amount_fen, completed_at,
           completed_by, received_at, p.id, CASE WHEN NOT refused THEN %(now)s::timestamptz END, 0
    FROM claims c
    JOIN (
        SELECT DISTINCT ON (scheme_id) scheme_id, id FROM subsidies_policyversion ORDER BY scheme_id, version DESC
    ) p USING (scheme_id)
    ORDER BY c.id
"""
)
_FOUND = arriving(_NEW) + "SELECT DISTINCT scheme_id FROM days"  # noqa: S608 - constant text


def receive_claims(*, batch_id: int, by: User | None, now: datetime) -> int:
    """Make a claim for every trade-in of a confirmed batch, under the scheme that its completion falls to; return how many.

    A second call makes none. Nobody waits for anybody but for another claim of the same bike or vehicle.

    Raises NoScheme where none was opened yet, SchemesShut where one takes no claims now, IntegrityError where another claim
    was quicker.
    """
    with acting("receive_claims", by=by, now=now), connection.cursor() as cursor:
        lock_calendar()
        cursor.execute(_FOUND, {"batch": batch_id})
        found = {scheme for (scheme,) in cursor.fetchall()}
        if None in found:
            raise NoScheme
        shut = Scheme.objects.filter(pk__in=found).exclude(state=SchemeState.OPEN)
        if schemes := list(shut.order_by("pk")):
            raise SchemesShut(schemes)
        cursor.execute(_RECEIVE, {"batch": batch_id, "now": now})
        return int(cursor.rowcount)
