"""What is told to the person concerned: changes of the own rights, on the first page, for two weeks.

Not until the next log-in alone: whoever came in as somebody else would have read it in their place.
"""

from datetime import datetime, timedelta

from core.models import RightsChange, User

TOLD_FOR = timedelta(days=14)


def told_to(user: User, *, now: datetime) -> list[RightsChange]:
    """The newest changes of this person's own rights."""
    mine = RightsChange.objects.filter(
        person=user, state=RightsChange.State.CONFIRMED, decided_at__gt=now - TOLD_FOR
    )
    return list(mine.select_related("proposed_by", "decided_by").defer("half"))
