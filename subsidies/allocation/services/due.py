"""What the queue is to be walked again for: the rows of `WalkDue`."""

from datetime import datetime

from django.db import connection
from django.db.models import Q

from subsidies.models import Scheme, WalkDue

_TAKE = """
    DELETE FROM subsidies_walkdue WHERE scheme_id = %s AND (due_at IS NULL OR due_at <= %s) RETURNING owner_id
"""


def is_due(scheme: Scheme, *, now: datetime) -> bool:
    """Whether anything changed that the last walk did not see. A look without a lock."""
    return WalkDue.objects.filter(Q(due_at=None) | Q(due_at__lte=now), scheme=scheme).exists()


def take_due(scheme: Scheme, *, now: datetime) -> set[int | None]:
    """Take the reasons away that are there by now: the people whose claims changed, and None for whatever else did.

    The scheme must be locked, and the walk follow in this transaction. What commits between this and the walk is walked
    already, and once more next time.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [scheme.pk, now])
        return {owner for (owner,) in cursor.fetchall()}


def leave_due(scheme: Scheme, *, at: datetime) -> None:
    """The whole queue is to be walked again at this time, and not at others that were foreseen before."""
    WalkDue.objects.filter(scheme=scheme, owner_id=None, due_at__isnull=False).delete()
    WalkDue.objects.create(scheme=scheme, due_at=at)
