"""Writing down what people do and see. What changes in tables is written by their triggers, whatever SQL changed it."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model

from core.audit.origin import current_address
from core.audit.proof import proof_of
from core.models import AuditEntry, User

Action = AuditEntry.Action


def record(
    action: AuditEntry.Action,
    *,
    by: User | None,
    of: Model | type[Model] | None = None,
    detail: Mapping[str, Any] | None = None,
    address: str = "",
) -> None:
    """Add an entry in the caller's transaction, at the database's own time. `of`: the row, or the model where it was a list.

    `address` is that of the request which is being answered, where none is given. `detail` holds no personal data:
    masked values, counts, names of fields.
    """
    said = json.dumps(
        {
            "action": action,
            "by": by.pk if by else None,
            "address": (address or current_address()).partition("/")[0]
            or None,  # of an IPv6 home, its network
            "object_type": of._meta.label_lower if of is not None else "",
            "object_id": str(of.pk) if isinstance(of, Model) else "",
            "detail": dict(detail or {}),
        },
        cls=DjangoJSONEncoder,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT record_entry(%s, %s)", [said, proof_of(said, to=connection)])
