"""The admin of issues: a list, and each as it was given out."""

from typing import ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy

from core.exports.export_admin import ExportAdmin
from subsidies.issues.pages.issues import shown
from subsidies.issues.resources import ReportIssueResource
from subsidies.models import ReportIssue


@admin.register(ReportIssue)
class ReportIssueAdmin(ExportAdmin):
    resource_classes: ClassVar = [ReportIssueResource]
    watched = False
    list_display: ClassVar = [
        "called",
        "first",
        "last",
        "about",
        "state",
        "made_by",
        "made_at",
        "decided_by",
        "decided_at",
    ]
    list_filter: ClassVar = ["state", "year"]
    list_select_related: ClassVar = ["made_by", "decided_by"]
    ordering: ClassVar = ["-id"]
    sortable_by: ClassVar[list[str]] = []

    @admin.display(description=gettext_lazy("期号"))
    def called(self, row: ReportIssue) -> str:
        return row.number

    @admin.display(description=gettext_lazy("补贴方案"))
    def about(self, row: ReportIssue) -> str:
        return gettext("、").join(scheme.name for scheme in row.schemes.all()) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReportIssue]:
        issues: QuerySet[ReportIssue] = super().get_queryset(request)
        return issues.prefetch_related("schemes")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if request.method != "GET" or not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        context = {
            **self.admin_site.each_context(request),
            "title": gettext_lazy("第 %s 期") % row.number,
            "opts": self.opts,
            **shown(request, row),
        }
        return TemplateResponse(request, "subsidies/issues/issue.html", context)
