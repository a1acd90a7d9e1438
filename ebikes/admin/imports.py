"""The admin of import batches: to look at."""

from typing import ClassVar

from django.contrib import admin

from ebikes.models import ImportBatch
from merchants.staff_admin import ReadOnlyAdmin


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
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
