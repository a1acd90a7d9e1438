"""The roles with which an installation begins: laid by the owner of the tables, and marked: nobody is there to propose."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from core.decisions import mark
from core.models import RightsChange, User
from core.rights.marked import RIGHTS_CONFIRMED, RIGHTS_PROPOSED

EVERYTHING = "*"  # what a local installation's superuser holds, beside no other role


def lay_roles(user: User, roles: Collection[str], *, at: datetime) -> None:
    """Give these roles, and no others, for a reason that is no person's; within `owning()`, in a process with keys.

    Raises ImproperlyConfigured without them.
    """
    with transaction.atomic():
        before = sorted(user.groups.values_list("name", flat=True))
        user.groups.set(Group.objects.filter(name__in=roles))
        change = RightsChange.objects.create(
            kind=RightsChange.Kind.FIRST,
            state=RightsChange.State.CONFIRMED,
            person=user,
            username=user.username,
            district_id=user.district_id,
            roles=sorted(roles),
            roles_before=before,
            note="—",
            proposed_by=user,
            proposed_at=at,
            decided_by=user,
            decided_at=at,
        )
        mark(RIGHTS_PROPOSED, [change.pk], at=at)
        mark(RIGHTS_CONFIRMED, [change.pk], at=at)
