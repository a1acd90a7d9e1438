"""Each night all that was decided is proved anew; what was forged stops what leaves until two people have looked."""

import logging
from datetime import datetime

from subsidies.heads.selectors.compare import changed_tables
from subsidies.heads.selectors.decisions import verify_decisions
from subsidies.models import PayoutStop
from subsidies.payouts.services.stops import stop_sending

logger = logging.getLogger(__name__)


def stop_where_forged(*, now: datetime) -> bool:
    """Stop the payouts where books or decisions were forged since somebody last looked; return whether."""
    found = [f"{each.what}: {each.file}" for each in changed_tables()]
    if not found:  # what the tables say then may be what somebody wants to be seen
        found = [
            f"{each.what} {each.of} {each.count}: {', '.join(map(str, each.first))}".replace("  ", " ")
            for each in verify_decisions()
        ]
    detail = "; ".join(found)[:200]
    if not detail or PayoutStop.objects.filter(why=PayoutStop.Why.FORGED, detail=detail).exists():
        return False
    logger.error("decided or booked past this system: %s", detail)
    stop_sending(why=PayoutStop.Why.FORGED, detail=detail, by=None, now=now)
    return True
