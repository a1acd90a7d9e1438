"""Lists of the admin that can be taken away as a table. How: merchants/exporting.py and ebikes/exporting/."""

from merchants.exporting import Column, Exportable, HarmlessResource, Personal, Yuan
from merchants.staff_admin import ReadOnlyAdmin

__all__ = ["Column", "ExportAdmin", "Exportable", "HarmlessResource", "Personal", "Yuan"]


class ExportAdmin(Exportable, ReadOnlyAdmin):
    """Looks, and takes away what it sees."""
