"""The admin of the ledger: to look at."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan
from core.staff.filters import DayFilter
from ebikes.records.models.trade_in import contacts
from subsidies.ledger.resources import LedgerResource
from subsidies.models import LedgerEntry


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ExportAdmin):
    resource_classes: ClassVar = [LedgerResource]
    watched = False
    list_display: ClassVar = ["seq", "kind", "stage", "claim", "yuan", "at", "by", "ref"]
    list_filter: ClassVar = ["scheme", "kind", "stage", ("at", DayFilter)]
    list_select_related: ClassVar = ["stage", "claim__trade_in", "by"]
    list_defer: ClassVar = contacts("claim__trade_in__")
    ordering: ClassVar = ["-scheme_id", "-seq"]
    sortable_by: ClassVar[list[str]] = []  # no index knows another order
    fields: ClassVar = ["scheme", *list_display, "chain"]

    def called(self, row: LedgerEntry) -> str:
        return f"#{row.seq} {row.get_kind_display()}"

    @admin.display(description=gettext_lazy("金额(元)"))
    def yuan(self, entry: LedgerEntry) -> str:
        return yuan(entry.amount_fen)

    @admin.display(description=gettext_lazy("链值"))
    def chain(self, entry: LedgerEntry) -> str:
        return bytes(entry.hash).hex()
