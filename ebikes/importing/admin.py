"""The admin of import batches: to look at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.exports.export_admin import ExportAdmin
from core.staff.access import person
from core.staff.chosen_filter import ChosenFilter
from ebikes.importing.file_kinds import file_kinds_for
from ebikes.models import ImportBatch
from ebikes.records.admin.resources import ImportBatchResource

State = ImportBatch.State


class SourceFilter(ChosenFilter):
    """Files; what shops type one by one comes the same way and would bury them."""

    title = _("来源")
    parameter_name = "from"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(ImportBatch.Source.FORM.value, ImportBatch.Source.FORM.label), ("all", _("全部"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": ImportBatch.Source.FILE.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportBatch]) -> QuerySet[ImportBatch]:
        if self.value() == "all":
            return queryset
        return queryset.filter(source=self.value() or ImportBatch.Source.FILE)


@admin.register(ImportBatch)
class ImportBatchAdmin(ExportAdmin):
    resource_classes: ClassVar = [ImportBatchResource]
    list_display: ClassVar = [
        *("file", "kind", "uploaded_by", "uploaded_at"),
        *("rows_accepted", "rows_duplicate", "rows_refused"),
        *("state_label", "confirmed_by", "confirmed_at"),
    ]
    list_display_links: ClassVar = ["file"]
    list_filter: ClassVar = [SourceFilter, "kind", "state"]
    list_select_related: ClassVar = ["uploaded_by", "confirmed_by"]
    sortable_by: ClassVar[list[str]] = []  # no index knows another order
    fields: ClassVar = [
        *("file", "kind", "source", "state", "failure", "rows_link"),
        *("rows_accepted", "rows_duplicate", "rows_refused"),
        *("shop", "uploader", "uploaded_at", "confirmer", "confirmed_at", "fingerprint"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        batches: QuerySet[ImportBatch] = super().get_queryset(request)
        kinds = file_kinds_for(person(request))
        every = len(kinds) == len(ImportBatch.Kind) or not self.has_view_permission(
            request
        )  # who is let in nowhere
        return batches if every else batches.filter(kind__in=kinds)

    @admin.display(description=_("文件"))
    def file(self, batch: ImportBatch) -> str:
        return batch.file_name or batch.get_source_display()

    @display(  # type: ignore[untyped-decorator]
        description=_("状态"),
        label={
            State.READING: "info",
            State.PREVIEW: "warning",
            State.CONFIRMED: "success",
            State.FAILED: "danger",
        },
    )
    def state_label(self, batch: ImportBatch) -> tuple[str, str]:
        return batch.state, batch.get_state_display()

    # Names and no links: not everybody who looks at batches may look at accounts.
    @admin.display(description=_("销售商户"))
    def shop(self, batch: ImportBatch) -> str:
        return str(batch.merchant or "–")

    @admin.display(description=_("上传人"))
    def uploader(self, batch: ImportBatch) -> str:
        return str(batch.uploaded_by or "–")

    @admin.display(description=_("确认人"))
    def confirmer(self, batch: ImportBatch) -> str:
        return str(batch.confirmed_by or "–")

    @admin.display(description=_("文件指纹(前 16 位)"))
    def fingerprint(self, batch: ImportBatch) -> str:
        return batch.file_sha256[:16] or "–"

    @admin.display(description=_("逐行结论"))
    def rows_link(self, batch: ImportBatch) -> SafeString:
        return format_html(
            '<a class="underline" href="{}">{}</a>',
            reverse("import", args=[batch.pk]),
            _("打开预览、确认、撤销和每一行的结论"),
        )
