"""What the tests of the audit trail share: reading it."""

import json

from core.models import AuditEntry

SEALED = {"sealed": True}


def newest(**of):
    return AuditEntry.objects.filter(**of).latest("id")


def since(number):
    """What was written after the entry of that number, the oldest first."""
    return list(AuditEntry.objects.filter(id__gt=number).order_by("id"))


def last():
    """The number of the newest entry."""
    return AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def everything():
    """All that the trail says, as one text."""
    rows = AuditEntry.objects.values_list("object_id", "before", "after", "detail")
    return json.dumps(list(rows), ensure_ascii=False)
