"""Time at Hangzhou: the only zone in which the scheme's days begin and end. Plain Python."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local_day(moment: datetime) -> date:
    """The date in Asia/Shanghai. Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no day")
    return moment.astimezone(SHANGHAI).date()
