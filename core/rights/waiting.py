"""New rights move no money for a day: time for whoever is told of them to say that it was not they who asked."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from core.models import User


def waits_until(user: User) -> datetime | None:
    """Until when this person moves no money; None for somebody who may. The database says, and refuses it too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT money_waits_until(%s)", [user.pk])
        (until,) = cursor.fetchone()
    return until if until is not None and timezone.now() < until else None
