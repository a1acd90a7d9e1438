"""The place in the queue, as a rank: 1 is first."""

from collections.abc import Collection

from django.db import connection

from subsidies.models import Claim
from subsidies.states import ENDED, in_sql

# The hours before, each with its number of claims, and those within the claim's own hour that are ahead of it.
_PLACES = f"""
    SELECT asked.id, 1
         + coalesce((SELECT sum(count) FROM subsidies_claimtally
                     WHERE scheme_id = asked.scheme_id AND state NOT IN ({in_sql(ENDED)})
                       AND hour < hour_of(asked.completed_at)), 0)
         + (SELECT count(*) FROM subsidies_claim c
            WHERE c.scheme_id = asked.scheme_id AND c.live
              AND c.completed_at BETWEEN hour_of(asked.completed_at) AND asked.completed_at
              AND (c.completed_at, c.received_at, c.id) < (asked.completed_at, asked.received_at, asked.id))
    FROM subsidies_claim asked WHERE asked.live AND asked.id = ANY(%s)
"""  # noqa: S608 - constant text


def place_of(claim: Claim) -> int | None:
    """The claim's rank among those that have not ended; None where it is out of the queue."""
    if claim.state in ENDED:
        return None
    return places_of([claim.pk]).get(claim.pk)


def places_of(claim_ids: Collection[int]) -> dict[int, int]:
    """The ranks of these claims; those that have ended have none."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(claim_ids)])
        return {claim_id: int(place) for claim_id, place in cursor}
