"""The admin of what the licensing systems said, and how they are: to look at."""

from typing import ClassVar

from django.contrib import admin

from ebikes.admin.tables import LicensingAnswerResource
from ebikes.exports import ExportAdmin
from ebikes.models import LicensingAnswer, LicensingHealth
from merchants.staff_admin import ReadOnlyAdmin


@admin.register(LicensingAnswer)
class LicensingAnswerAdmin(ExportAdmin):
    resource_classes: ClassVar = [LicensingAnswerResource]
    list_display: ClassVar = ["request_id", "system", "outcome", "problem", "answered_at"]
    list_filter: ClassVar = ["system", "outcome", "problem"]
    search_fields: ClassVar = ["request_id__exact", "trade_in__record_no__exact"]
    fields: ClassVar = ["trade_in", *list_display, "facts", "adapter_version"]


@admin.register(LicensingHealth)
class LicensingHealthAdmin(ReadOnlyAdmin):
    watched = False
    list_display: ClassVar = [
        "system",
        "state",
        "consecutive_failures",
        "last_ok_at",
        "open_until",
        "seen_at",
    ]
