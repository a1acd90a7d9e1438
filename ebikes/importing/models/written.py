"""What a confirmed file wrote into a register, so that it can be taken back."""

from typing import ClassVar

from django.db import models

from ebikes.importing.models.batch import ImportBatch


class WrittenRow(models.Model):
    """A row of a register that a file wrote, `row_id` in the table `target`. `before`: as it was (None: the file made it).

    `written` is the md5 of what it was made; none as long as the file is being written, or taken back.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="+", db_index=False)
    target = models.CharField(max_length=32)
    row_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    written = models.BinaryField(max_length=16, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_row_written_once_by_a_file", fields=["batch", "target", "row_id"]
            )
        ]
        indexes: ClassVar = [models.Index(name="written_rows_by_key", fields=["row_id", "target"])]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.target} {self.row_id}"
