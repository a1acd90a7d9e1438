"""Lists of the admin that can be taken away as a table. How: core/exports/."""

from core.exports.resources import Column, Exportable, HarmlessResource, Personal, Yuan
from core.staff.base import ReadOnlyAdmin

__all__ = ["Column", "ExportAdmin", "Exportable", "HarmlessResource", "Personal", "Yuan"]


class ExportAdmin(Exportable, ReadOnlyAdmin):
    """Looks, and takes away what it sees."""
