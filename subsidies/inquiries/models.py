"""What a shop says when more evidence is asked of it. What is asked is the hold itself, of kind `inquiry`."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from subsidies.review.models.hold import Hold


class ShopAnswer(models.Model):
    """An answer of the shop to an inquiry that is open. Only ever added; `photos`: the ids of the pictures sent with it.

    It lets nothing go: somebody of the staff looks at it and clears the hold, or refuses (`sql/inquiries.sql`).
    """

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="answers", verbose_name=_("补充材料要求"))
    text = models.CharField(_("说明"), max_length=500, blank=True)
    photos = ArrayField(models.BigIntegerField(), verbose_name=_("照片"), default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("答复人"),
        db_index=False,
    )
    at = models.DateTimeField(_("答复时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("商户补充的材料")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_answer_says_or_shows_something",
                condition=models.Q(text__gt="") | models.Q(photos__len__gt=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.hold_id} {self.at}"
