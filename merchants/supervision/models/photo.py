"""What was photographed at a visit."""

from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.supervision.heads import HEADS
from merchants.supervision.models.inspection import Inspection


class InspectionPhoto(models.Model):
    """A photo that was taken at a visit, of one head (`head`) or of the shop. `name` finds the sealed file; never edited.

    The same picture sent twice, as a bad line sends it, is one row.
    """

    inspection = models.ForeignKey(
        Inspection, models.PROTECT, related_name="photos", verbose_name=_("检查"), db_index=False
    )
    head = models.CharField(
        _("检查内容"), max_length=16, blank=True, choices=[(h.code, h.title) for h in HEADS]
    )
    name = models.CharField(_("文件"), max_length=32, unique=True)
    digest = models.CharField(_("文件指纹"), max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("上传人"), db_index=False
    )
    added_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("检查照片")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_photo_once", fields=["inspection", "head", "digest"]),
        ]

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.name}"

    @property
    def was_signed(self) -> bool:
        """Whether it lay there when the shop signed, or was asked to."""
        signed_at = self.inspection.signed_at
        return signed_at is not None and self.added_at <= signed_at

    @property
    def came_after_signature(self) -> bool:
        """Whether it was added to a record that the shop had signed without it."""
        return self.inspection.signed_at is not None and not self.was_signed


def late_among(photos: Iterable[InspectionPhoto]) -> int:
    """How many of a visit's photos came after the signature."""
    return sum(photo.came_after_signature for photo in photos)
