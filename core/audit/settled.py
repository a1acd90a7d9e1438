"""Whether what was written down can be sealed: a transaction that stays open holds up every seal, and hides what follows."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

PATIENCE = timedelta(minutes=15)  # longer than any step of ours; a backup may take as much, and is waited for


class Holder(NamedTuple):
    """The connection, by the database's number of its process, that holds up the seals, and since when."""

    pid: int
    since: datetime


class Unsettled(Exception):
    """Nothing is signed: what was written since `holder.since` is not sealed."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(
            f"process {holder.pid} has a transaction open since {holder.since:%Y-%m-%d %H:%M:%S}"
        )
        self.holder = holder


def holder() -> Holder | None:
    """Who has held up the seals for longer than PATIENCE; None where nobody has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, since FROM audit_holder(make_interval(secs => %s))", [PATIENCE.total_seconds()]
        )
        found = cursor.fetchone()
        return Holder(*found) if found else None


def demand_settled() -> None:
    """Raises Unsettled."""
    if (found := holder()) is not None:
        raise Unsettled(found)
