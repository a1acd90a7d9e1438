"""What leaves the admin as a table: CSV or XLSX, without a cell that a spreadsheet would take for a formula."""

import codecs
from typing import Any, ClassVar

from django.http import HttpRequest
from import_export import resources
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ExportForm

from ebikes.importing.report import harmless
from merchants.staff_admin import ReadOnlyAdmin


class SpreadsheetCsv(CSV):  # type: ignore[misc]
    """CSV with the mark in front by which spreadsheets know UTF-8."""

    def export_data(self, dataset: Any, **kwargs: Any) -> str:
        return codecs.BOM_UTF8.decode() + str(super().export_data(dataset, **kwargs))


class HarmlessResource(resources.ModelResource):  # type: ignore[misc]
    """Rows of a model whose text nobody's spreadsheet runs."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return harmless(value) if isinstance(value, str) else value


class ExportAdmin(ExportMixin, ReadOnlyAdmin):  # type: ignore[misc]
    """Looks, and takes away what it sees: whoever may view the rows may export them."""

    export_form_class = ExportForm
    export_formats: ClassVar = [SpreadsheetCsv, XLSX]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))
