"""What the columns of a header mean to whoever sends files with it: said by a person once, used from then on."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from ebikes.importing.models.batch import ImportBatch
from merchants.models import Merchant

_IN_USE = models.Q(dropped_at__isnull=True)


class RememberedColumns(models.Model):
    """The meaning of titles that no layout knows, of one shop's files (the office's, where `merchant` is None).

    `header` is the fingerprint of the whole header: under another one the same title may mean something else. `meanings`
    maps each title, plain, to the key of a column, or to "" where it is none that we need. Said anew or dropped, not edited.
    """

    district = DistrictKey()
    kind = models.CharField(_("种类"), max_length=16, choices=ImportBatch.Kind)
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("销售商户")
    )
    header = models.CharField(_("表头指纹"), max_length=64)
    meanings = models.JSONField(_("列名的含义"))
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("说明人"), db_index=False
    )
    said_at = models.DateTimeField(_("说明时间"))
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("取消人"),
        db_index=False,
    )
    dropped_at = models.DateTimeField(_("取消时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("记住的列名")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_header_means_one_thing",
                fields=["kind", "district", "merchant", "header"],
                condition=_IN_USE,
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="meanings_are_dropped_by_somebody",
                condition=models.Q(dropped_at__isnull=True, dropped_by__isnull=True)
                | models.Q(dropped_at__isnull=False, dropped_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.header[:8]}"
