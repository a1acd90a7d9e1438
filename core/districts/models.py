"""A district, and the column by which a row says that it belongs to one."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _


class DistrictQuerySet(models.QuerySet["District"]):
    """Districts as they are asked for."""

    def only_one(self) -> "District | None":
        """The one there is; None where there are several: then somebody has to choose."""
        found = list(self[:2])
        return found[0] if len(found) == 1 else None

    def read(self) -> "DistrictQuerySet":
        """Those whose rows are read by the person whom this request names, as the database's policies have it."""
        return self.filter(
            RawSQL("core_district.code = ANY ((SELECT districts_read())::int[])", [], models.BooleanField())
        )


class District(models.Model):
    """A district whose regulator works here (区), by its code of GB/T 2260.

    The first one comes from the settings, the others by `manage.py add_district`. None is ever taken away.
    """

    code = models.PositiveIntegerField(_("行政区划代码"), primary_key=True)
    name = models.CharField(_("名称"), max_length=50, unique=True)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("区")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_district_has_a_code_of_six_digits", condition=models.Q(code__range=(110000, 829999))
            )
        ]

    def __str__(self) -> str:
        return self.name


class DistrictKey(models.ForeignKey):  # type: ignore[type-arg]
    """The district that a row belongs to, for good.

    Nobody needs to say it: the database fills it in from the row's parent, from whoever acts, or where there is one district
    only (`fills_district` in sql/districts.sql), and it is read back as the key of a new row is.
    """

    db_returning = True

    def __init__(self, **kwargs: Any) -> None:
        told: dict[str, Any] = {
            "to": "core.District",
            "on_delete": models.PROTECT,
            "verbose_name": _("区"),
            "related_name": "+",
            "editable": False,
            "blank": True,
            "db_index": False,
        }
        super().__init__(**{**told, **kwargs})
