"""Writing down what people do and see. What changes in tables is written by their triggers, whatever SQL changed it."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model

from core.audit.origin import current_address
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
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT record_entry(%s, %s, %s, %s, %s, %s)",
            [
                action,
                by.pk if by else None,
                (address or current_address()).partition("/")[0] or None,  # of an IPv6 home, its network
                of._meta.label_lower if of is not None else "",
                str(of.pk) if isinstance(of, Model) else "",
                json.dumps(dict(detail or {}), cls=DjangoJSONEncoder),
            ],
        )
