"""What a list tells of claims besides their own rows."""

from collections import defaultdict
from collections.abc import Iterable

from subsidies.claims.selectors.payee import payees_of
from subsidies.models import Claim, Hold


def with_what_is_shown(claims: Iterable[Claim]) -> list[Claim]:
    """The claims (with their `trade_in`), each with its payee (`payee_shown`) and what holds it (`holds_shown`)."""
    rows = list(claims)
    payees, holds = payees_of(rows), defaultdict(list)
    for hold in Hold.objects.open().filter(claim__in=[row.pk for row in rows if row.live]).order_by("pk"):
        holds[hold.claim_id].append(hold)
    for row in rows:
        row.payee_shown, row.holds_shown = payees[row.pk], holds[row.pk]  # type: ignore[attr-defined]
    return rows
