"""The place in the queue, as a rank: 1 is first."""

from typing import Any

from django.db import connection

from subsidies.models import Claim
from subsidies.states import ENDED

# The hours before, each with its number of claims, and those within the claim's own hour that are ahead of it.
_AHEAD = """
    SELECT coalesce((SELECT sum(count) FROM subsidies_claimtally
                     WHERE scheme_id = %(scheme)s AND state NOT IN ('refused', 'cancelled', 'recovered')
                       AND hour < hour_of(%(completed)s)), 0)
         + (SELECT count(*) FROM subsidies_claim
            WHERE scheme_id = %(scheme)s AND live
              AND completed_at BETWEEN hour_of(%(completed)s) AND %(completed)s
              AND (completed_at, received_at, id) < (%(completed)s::timestamptz, %(received)s::timestamptz, %(id)s))
"""


def place_of(claim: Claim) -> int | None:
    """The claim's rank among those that have not ended; None where it is out of the queue."""
    if claim.state in ENDED:
        return None
    at: dict[str, Any] = {
        "scheme": claim.scheme_id,
        "completed": claim.completed_at,
        "received": claim.received_at,
        "id": claim.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD, at)
        return int(cursor.fetchone()[0]) + 1
