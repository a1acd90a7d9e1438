"""A payee that somebody put into the database past every verb is paid nothing, and looked at."""

import logging
from collections.abc import Mapping
from datetime import datetime

from subsidies.claims.selectors.payee import Payee
from subsidies.models import Hold

logger = logging.getLogger(__name__)


def hold_altered(payees: Mapping[int, Payee], *, now: datetime) -> frozenset[int]:
    """Hold the claims, the keys of `payees`, whose payee is not what was sealed for them; return which."""
    altered = [claim for claim, payee in payees.items() if payee.altered]
    if altered:
        logger.error("the payee of claims %s is not what was sealed for it", altered)
    held = (Hold(claim_id=claim, kind=Hold.Kind.ALTERED, placed_at=now) for claim in altered)
    Hold.objects.bulk_create(held, ignore_conflicts=True)
    return frozenset(altered)
