"""What was tried in vain lately."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Throttle(models.Model):
    """The latest attempts under one key. The key is a keyed digest: it tells neither a name nor an address.

    `about` is one, too: of whom the row is about, under which an administrator forgets all that was counted.
    """

    key = models.BinaryField(max_length=16, primary_key=True)
    about = models.BinaryField(max_length=16, null=True, db_index=True)
    tried_at = ArrayField(models.DateTimeField())
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return bytes(self.key).hex()
