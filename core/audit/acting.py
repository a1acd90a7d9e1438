"""Who acts, by which verb, when: told to PostgreSQL, whose triggers write it beside every move of a claim."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from core.audit.proof import with_proof
from core.models import User


@contextmanager
def acting(
    verb: str, *, by: User | None, now: datetime, reasons: Sequence[str] = (), note: str = ""
) -> Iterator[None]:
    """Open a transaction in which every move is recorded as `verb` done by `by` at `now` (None: the system itself).

    `reasons`: codes from `subsidies.decision_reasons`; `note`: what that person typed.
    """
    actor = by.pk if by else None
    context = json.dumps(
        {"verb": verb, "by": actor, "at": now.isoformat(), "reasons": list(reasons), "note": note}
    )
    with transaction.atomic(), connection.cursor() as cursor:
        told = with_proof(context, to=connection)
        cursor.execute(
            "SELECT current_setting('ebikes.acting', true), set_config('ebikes.acting', %s, true)", [told]
        )
        outer, _told = cursor.fetchone()
        yield
        cursor.execute("SELECT set_config('ebikes.acting', %s, true)", [outer or ""])
