"""What can be approved now: set aside, held by nothing, and looked at for doubts. Whoever handled one is told beside it."""

from django.db import connection
from django.db.models import QuerySet

from subsidies.models import Claim
from subsidies.review.selectors.holds import is_held
from subsidies.review.selectors.looked_at import not_looked_at
from subsidies.states import ClaimState

# From what is held or new, which indexes know, and not from all claims.
_KEPT_BACK = """
    WITH swept AS (SELECT last_claim, last_check, last_payee FROM subsidies_signalsweep ORDER BY at DESC LIMIT 1)
    SELECT count(*) FROM subsidies_claim WHERE state = %s AND id IN (
        SELECT claim_id FROM subsidies_hold WHERE cleared_at IS NULL
        UNION SELECT id FROM subsidies_claim WHERE id > (SELECT last_claim FROM swept)
        UNION SELECT claim_id FROM subsidies_eligibilitycheck WHERE id > (SELECT last_check FROM swept)
        UNION SELECT claim_id FROM subsidies_payeechange WHERE id > (SELECT last_payee FROM swept)
    )
"""


def free_to_approve(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Those of these claims that no hold and no look for doubts keeps back."""
    return claims.exclude(is_held()).exclude(not_looked_at())


def count_kept_back() -> int:
    """How many of the claims whose money is set aside a hold, or a look that has not come to them, keeps back."""
    with connection.cursor() as cursor:
        cursor.execute(_KEPT_BACK, [ClaimState.SETTLED])
        (kept_back,) = cursor.fetchone()
    return int(kept_back)
