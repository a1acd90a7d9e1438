"""What somebody wrote past every verb is told as an alarm: the claim is held, and a person looks."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from subsidies.models import Hold

logger = logging.getLogger(__name__)


def hold_unproved(found: Mapping[int, Iterable[str]], *, now: datetime) -> None:
    """Hold the claims, the keys, whose decisions (the names of their kinds) bear no mark of this system's own."""
    if not found:
        return
    told = {claim: sorted(set(kinds)) for claim, kinds in found.items()}
    logger.error("what these claims rest upon bears no mark: %s", told)
    Hold.objects.bulk_create(
        (
            Hold(claim_id=claim, kind=Hold.Kind.UNPROVED, evidence={"unproved": kinds}, placed_at=now)
            for claim, kinds in sorted(told.items())
        ),
        ignore_conflicts=True,
    )
