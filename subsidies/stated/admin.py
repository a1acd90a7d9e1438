"""The admin of figures from outside: to look at, and the way to tell one."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from core.exports.export_admin import ExportAdmin
from subsidies.models import StatedFigure
from subsidies.reports.selectors.figures.stated import said
from subsidies.stated.pages.figures import TELL, VERBS, may_take
from subsidies.stated.resources import StatedFigureResource


@admin.register(StatedFigure)
class StatedFigureAdmin(ExportAdmin):
    resource_classes: ClassVar = [StatedFigureResource]
    watched = False
    actions_list: ClassVar = ["tell"]
    list_display: ClassVar = [
        "called",
        "value_told",
        "as_of",
        "source",
        "scheme",
        "stage_no",
        "state",
        "told_by",
        "decided_by",
    ]
    list_filter: ClassVar = ["state", "subject"]
    list_select_related: ClassVar = ["scheme", "told_by", "decided_by"]
    list_defer: ClassVar = ("proof",)
    ordering: ClassVar = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    fieldsets: ClassVar = [
        (
            None,
            {"fields": ["called", "value_told", "as_of", "source", ("scheme", "stage_no"), "proved", "note"]},
        ),
        (gettext_lazy("两人"), {"fields": ["state", ("told_by", "told_at"), ("decided_by", "decided_at")]}),
        (None, {"fields": ["decision_note", "steps"]}),
    ]
    readonly_fields: ClassVar = ["called", "value_told", "proved", "steps"]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._request = request
        return super().changeform_view(request, *args, **kwargs)

    def has_tell_permission(self, request: HttpRequest) -> bool:
        """Whether this person may tell one."""
        return request.user.has_perm(TELL)

    @action(description=gettext_lazy("登记外部数据"), url_path="tell", icon="add", permissions=["tell"])  # type: ignore[untyped-decorator]
    def tell(self, request: HttpRequest) -> HttpResponse:
        return redirect("staff-figure-new")

    @admin.display(description=gettext_lazy("指标"))
    def called(self, row: StatedFigure) -> str:
        return str(row)

    @admin.display(description=gettext_lazy("数值"))
    def value_told(self, row: StatedFigure) -> str:
        return said(row)

    @admin.display(description=gettext_lazy("证明文件"))
    def proved(self, row: StatedFigure) -> str:
        if not row.proof_name:
            return "–"
        return format_html(
            '<a href="{}">{}</a>', reverse("staff-figure-proof", args=[row.pk]), row.proof_name
        )

    @admin.display(description=gettext_lazy("办理"))
    def steps(self, row: StatedFigure) -> str:
        """What may be done with it now."""
        request = self._request
        mine = row.told_by_id == request.user.pk
        ways = [
            (reverse("staff-figure-verb", args=[row.pk, slug]), verb.title)
            for slug, verb in VERBS.items()
            if (verb.own or not mine) and may_take(request, verb, mine=mine)
        ]
        if row.state != StatedFigure.State.PROPOSED or not ways:
            return "–"
        return format_html_join(" ", '<a class="mr-4 text-primary-600 underline" href="{}">{}</a>', ways)
