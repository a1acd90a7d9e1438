"""What the next walk down a queue has to look at."""

from typing import ClassVar

from django.db import models

from subsidies.schemes.models.scheme import Scheme


class WalkDue(models.Model):
    """A reason to walk down a scheme's queue again, from `due_at` on (empty: at once).

    `owner_id`: whose claims changed; empty: the money or the rules did, or so many claims that the whole queue is walked.
    The database itself leaves them, with each change (`sql/due.sql`); a walk takes away those that it goes by, and leaves
    one for when the next claim's settle lag will have passed. So work follows what changed, and an idle queue costs nothing.
    """

    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="+", db_index=False)
    owner_id = models.BigIntegerField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(name="walks_that_are_due", fields=["scheme", "due_at"])]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.due_at or ''}"
