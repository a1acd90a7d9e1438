"""The admin of import batches: to look at."""

from typing import ClassVar

from django.contrib import admin

from ebikes.admin.tables import ImportBatchResource
from ebikes.exports import ExportAdmin
from ebikes.models import ImportBatch


@admin.register(ImportBatch)
class ImportBatchAdmin(ExportAdmin):
    resource_classes: ClassVar = [ImportBatchResource]
    list_display: ClassVar = [
        "file_name",
        "kind",
        "state",
        "rows_accepted",
        "rows_duplicate",
        "rows_refused",
        "uploaded_at",
    ]
    list_filter: ClassVar = ["kind", "state"]
