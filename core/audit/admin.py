"""The audit trail: to be read by the auditor, and by nobody changed."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.audit.admin_filters import ObjectFilter, PersonFilter, called
from core.audit.history import (
    HISTORIES,
    Change,
    by_what,
    changed_fields,
    changes,
    details,
    name_of,
    name_together,
    number_of,
    subject,
)
from core.audit.resources import AuditEntryResource
from core.exports.export_admin import ExportAdmin
from core.models import AuditEntry
from core.shanghai import to_the_second
from core.staff.filters import DayFilter
from core.staff.staff_list import StaffList
from core.storable import is_key

COLOURS = {
    "login": "success", "logout": "success", "login_failed": "danger", "delete": "danger", "decide": "warning",
    "update": "info", "create": "info", "reveal": "warning", "export": "warning", "download": "warning",
    "view": "default", "search": "default",
}  # fmt: skip


class TrailList(StaffList):
    """A page of the trail, whose records are called by their numbers."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        name_together(self.result_list)


@admin.register(AuditEntry)
class AuditEntryAdmin(ExportAdmin):
    resource_classes: ClassVar = [AuditEntryResource]
    watched = False
    list_display: ClassVar = ["when", "what", "who", "address", "about", "summary"]
    list_display_links: ClassVar = ["when"]
    sortable_by: ClassVar[list[str]] = []  # by time alone: no index knows another order
    list_filter: ClassVar = ["action", PersonFilter, ObjectFilter, ("at", DayFilter)]
    list_before_template = "core/audit/audit_moves.html"
    list_select_related: ClassVar = ["by"]
    fields: ClassVar = ["when", "action", "person", "address", "object", "more", "compared"]
    readonly_fields: ClassVar = fields

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TrailList

    @admin.display(description=gettext_lazy("时间"))
    def when(self, entry: AuditEntry) -> str:
        return to_the_second(entry.at)

    @display(description=gettext_lazy("操作"), label=COLOURS)  # type: ignore[untyped-decorator]
    def what(self, entry: AuditEntry) -> tuple[str, str]:
        return entry.action, entry.get_action_display()

    @admin.display(description=gettext_lazy("操作人"))
    def who(self, entry: AuditEntry) -> str:
        return called(entry.by) if entry.by else by_what(entry) or "—"

    @admin.display(description=gettext_lazy("对象"))
    def about(self, entry: AuditEntry) -> str:
        return subject(entry)

    @admin.display(description=gettext_lazy("内容"))
    def summary(self, entry: AuditEntry) -> str:
        """Which fields, or what else there is to know, in one line."""
        if entry.before is not None and entry.after is not None:
            return _("、").join(changed_fields(entry))
        return _("，").join(f"{name} {words}" for name, words in details(entry) if words != by_what(entry))

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Of one record: what its own history says stands above, and the title says whose trail it is."""
        response = super().changelist_view(request, *args, **kwargs)
        label, key = (request.GET.get(name, "") for name in ("object_type", "object_id"))
        if key and isinstance(response, TemplateResponse) and response.context_data is not None:
            title = _("%s 的全部记录") % f"{name_of(label)} {number_of(label, key)}"
            response.context_data |= {"title": title, "moves": _table_of_moves(label, key)}
        return response

    @admin.display(description=gettext_lazy("操作人"))
    def person(self, entry: AuditEntry) -> str:
        if entry.by is None:
            return by_what(entry) or "—"
        person = reverse("admin:core_user_change", args=[entry.by_id])
        return _links((called(entry.by), person), (_("此人的全部记录"), _list(by=entry.by_id)))

    @admin.display(description=gettext_lazy("对象"))
    def object(self, entry: AuditEntry) -> str:
        if not entry.object_id:
            return subject(entry) or "—"
        everything = _list(object_type=entry.object_type, object_id=entry.object_id)
        return _links((subject(entry), _page(entry)), (_("此对象的全部记录"), everything))

    @admin.display(description=gettext_lazy("详情"))
    def more(self, entry: AuditEntry) -> str:
        return _("，").join(f"{name} {words}" for name, words in details(entry)) or "—"

    @admin.display(description=gettext_lazy("修改前后"))
    def compared(self, entry: AuditEntry) -> str:
        rows = [[change.name, *_sides(change)] for change in changes(entry)]
        if not rows:
            return "—"
        table = {"headers": [_("字段"), _("修改前"), _("修改后")], "rows": rows}
        return render_to_string("core/audit/audit_table.html", {"table": table})


def _sides(change: Change) -> tuple[str, str]:
    return (change.before or "", change.after or "")


def _table_of_moves(label: str, key: str) -> dict[str, Any] | None:
    moves = HISTORIES[label](key) if label in HISTORIES and is_key(key) else []
    rows = [[to_the_second(move.at), called(move.by) if move.by else _("系统"), move.what] for move in moves]
    return {"headers": [_("时间"), _("操作人"), _("经过")], "rows": rows} if rows else None


def _list(**of: object) -> str:
    return f"{reverse('admin:core_auditentry_changelist')}?{urlencode(of)}"


def _page(entry: AuditEntry) -> str:
    """Where the record itself is shown; empty where it has no page."""
    name = entry.object_type.replace(".", "_")
    try:
        return reverse(f"admin:{name}_change", args=[entry.object_id])
    except NoReverseMatch:
        return ""


def _links(*links: tuple[str, str]) -> str:
    return format_html_join(
        " · ",
        "{}",
        (
            (
                format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', to, text)
                if to
                else text,
            )
            for text, to in links
        ),
    )
