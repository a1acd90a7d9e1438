"""Writing down what people do and see. What changes in tables is written by their triggers, whatever SQL changed it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from merchants.models import AuditEntry, User

Action = AuditEntry.Action


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

    `detail` holds no personal data: masked values, counts, names of fields.
    """
    AuditEntry.objects.create(
        at=now,
        action=action,
        by=by,
        address=address or None,
        object_type=of._meta.label_lower if of is not None else "",
        object_id=str(of.pk) if isinstance(of, Model) else "",
        detail=dict(detail or {}),
    )
