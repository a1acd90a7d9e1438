"""When a row came in, by the database's own clock: for rows that are sealed in blocks (`subsidies/heads/books.py`)."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Recorded(models.Model):
    """A row that knows when it was written. Nobody tells it."""

    recorded_at = models.DateTimeField(_("记录时间"), db_default=Now(), editable=False)

    class Meta:
        abstract = True


def as_recorded(name: str) -> BrinIndex:
    """An index of a few pages that finds the blocks of a table that only grows."""
    return BrinIndex(name=name, fields=["recorded_at"], autosummarize=True)
