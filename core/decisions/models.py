"""The mark of a decision."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded


class DecisionMark(Recorded):
    """HMAC-SM3 over a decision: its kind, its row, what the row says of it, who, when (`marks.py`). Rows are only added.

    `key`: the version of `DECISION_KEYS` that made it. `by`: nobody where a worker wrote down what an authority said.
    """

    kind = models.CharField(_("决定"), max_length=32)
    subject = models.BigIntegerField(_("对象编号"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("操作人"),
        db_index=False,
    )
    at = models.DateTimeField(_("时间"))
    key = models.PositiveSmallIntegerField(_("密钥版本"))
    mac = models.BinaryField(_("印记"), max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = _("决定印记")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            as_recorded("marks_as_recorded"),
            models.Index(name="marks_of_a_decision", fields=["kind", "subject"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
