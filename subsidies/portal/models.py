"""How far the merchants have been told."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class NoticeMark(models.Model):
    """The one row that says up to which move of the claims the merchants have been told by the configured channel."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    event_id = models.BigIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="one_notice_mark", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.event_id)
