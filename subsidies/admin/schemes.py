"""The admin of schemes: their stages and policy."""

from typing import ClassVar

from django.contrib import admin
from unfold.admin import TabularInline

from merchants.staff_admin import ReadOnlyAdmin
from subsidies.models import (
    PolicyVersion,
    Scheme,
    Stage,
)


class StageInline(TabularInline):  # type: ignore[misc]
    model = Stage
    extra = 0
    can_delete = False
    fields: ClassVar = ["no", "starts_on", "ends_on", "amount_fen", "cap_fen", "reserved_fen", "paid_fen"]
    readonly_fields: ClassVar = fields


class PolicyInline(TabularInline):  # type: ignore[misc]
    model = PolicyVersion
    extra = 0
    can_delete = False


@admin.register(Scheme)
class SchemeAdmin(ReadOnlyAdmin):
    watched = False
    list_display: ClassVar = ["name", "code", "funded_fen", "reserved_fen", "paid_fen", "available_fen"]
    fields: ClassVar = [*list_display, "filing_plate_pattern", "digital_plate_pattern", "ledger_seq"]
    inlines: ClassVar = [StageInline, PolicyInline]
