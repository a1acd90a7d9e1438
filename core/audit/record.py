"""Writing down what people do and see. What changes in tables is written by their triggers, whatever SQL changed it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from core.audit.origin import current_address
from core.models import AuditEntry, User

Action = AuditEntry.Action

_FORGET = """
    DELETE FROM core_auditentry WHERE id IN (
        SELECT id FROM core_auditentry
        WHERE at < least(%(now)s, now()) - make_interval(months => %(months)s) ORDER BY at LIMIT %(most)s)
"""


def record(
    action: AuditEntry.Action,
    *,
    by: User | None,
    now: datetime,
    of: Model | type[Model] | None = None,
    detail: Mapping[str, Any] | None = None,
    address: str = "",
) -> None:
    """Add an entry in the caller's transaction. `of`: the row, or the model where it was a list.

    `address` is that of the request which is being answered, where none is given. `detail` holds no personal data:
    masked values, counts, names of fields.
    """
    AuditEntry.objects.create(
        at=now,
        action=action,
        by=by,
        address=(address or current_address()).partition("/")[0] or None,  # of an IPv6 home, its network
        object_type=of._meta.label_lower if of is not None else "",
        object_id=str(of.pk) if isinstance(of, Model) else "",
        detail=dict(detail or {}),
    )


def forget_entries(*, months: int, now: datetime, batch: int = 5_000) -> int:
    """Delete what is older than so many months, some at a time; return how many. The database keeps six in any case."""
    count = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_FORGET, {"now": now, "months": months, "most": batch})
            deleted = int(cursor.rowcount)
            count += deleted
            if deleted < batch:
                return count
