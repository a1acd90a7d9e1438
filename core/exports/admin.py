"""The admin of exports: asking for a table, watching it being written, fetching it; and everybody's own list of them."""

from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRefresh
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from core.content_types import CSV, XLSX, ZIP
from core.exports.ask import MOST, Wish, ask_for_export, count_rows, fetch_export
from core.exports.lists import Asked, NotAllowed, Refusal, lists_for, page_of
from core.exports.tasks import order_writing
from core.models import Export
from core.privacy.notes import names_nobody
from core.privacy.reasons import says_something
from core.staff.access import person
from core.staff.base import ReadOnlyAdmin
from core.storable import is_key

CONTENT_TYPES = {
    "csv": CSV,
    "xlsx": XLSX,
    "zip": ZIP,
}


class AskForm(forms.Form):
    """How the table is wanted. Whoever may not have people unmasked is not asked about it."""

    file_format = forms.ChoiceField(
        label=gettext_lazy("格式"),
        choices=Export.Format.choices,
        initial=Export.Format.XLSX,
        widget=UnfoldAdminRadioSelectWidget,
    )
    sample = forms.IntegerField(
        label=gettext_lazy("随机抽取份数"),
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("只用于打包 PDF。留空为全部；填写后按抽签取出，任何人可以重算。"),
    )
    personal = forms.BooleanField(
        label=gettext_lazy("完整个人信息"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=gettext_lazy(
            "不勾选时，姓名、证件号码、手机号和钱包编号都打星号。勾选须写明用途，并记入审计日志。"
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("用途"),
        validators=[names_nobody],
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=gettext_lazy("请勿填写证件号码、手机号等个人信息。"),
    )

    def __init__(self, *args: Any, may_unmask: bool, has_documents: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_documents:
            tables = [each for each in Export.Format.choices if each[0] != Export.Format.ZIP]
            self.fields["file_format"].choices = tables  # type: ignore[attr-defined]
            del self.fields["sample"]
        if not may_unmask:
            del self.fields["personal"], self.fields["note"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("personal") and not says_something(data.get("note", "")):
            self.add_error("note", _("导出完整个人信息须写明用途，说清用来做什么"))
        return data


class WhoseFilter(admin.SimpleListFilter):
    """One's own among everybody's: for whoever sees all."""

    title, parameter_name = gettext_lazy("谁的导出"), "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", str(_("我的导出")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Export]) -> QuerySet[Export]:
        return queryset.filter(asked_by=person(request)) if self.value() == "mine" else queryset


@admin.register(Export)
class MyExportsAdmin(ReadOnlyAdmin):
    """Everybody's own; an auditor looks at all of them, but fetches nobody's file."""

    list_display: ClassVar = ["file_name", "state", "rows_written", "who_is_shown", "asked_at", "expires_at"]
    list_select_related: ClassVar = ["asked_by"]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(self.has_view_permission(request))

    def has_view_permission(self, request: HttpRequest, obj: Export | None = None) -> bool:
        theirs = obj is None or obj.asked_by_id == request.user.pk or _sees_all(request)
        return bool(super().has_view_permission(request, obj)) and theirs

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        rows: QuerySet[Export] = super().get_queryset(request).defer("query")
        return rows if _sees_all(request) else rows.filter(asked_by=person(request))

    def get_urls(self) -> list[Any]:
        fetch = self.admin_site.admin_view(self.download_view)
        return [path("<int:pk>/download/", fetch, name="core_export_download"), *super().get_urls()]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [WhoseFilter] if _sees_all(request) else []

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*self.list_display, *(["asked_by"] if _sees_all(request) else [])]

    @admin.display(description=gettext_lazy("个人信息"))
    def who_is_shown(self, export: Export) -> str:
        return who_is_shown(export)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for a table of the list in the address, filtered as it was there; without one, say which lists there are."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        label = request.GET.get("list", "")
        if not label:
            lists = [(page.opts.verbose_name, _list_address(page)) for page in lists_for(person(request))]
            return self._page(request, "choose", {"title": _("新的导出"), "lists": lists})
        wants_all = request.method == "POST" and bool(request.POST.get("personal"))
        asked = Asked(label, request.GET.get("filters", ""), person(request), wants_all)
        try:
            return self._ask(request, asked)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from None

    def _ask(self, request: HttpRequest, asked: Asked) -> HttpResponse:
        page = page_of(asked)
        form = AskForm(
            request.POST or None,
            may_unmask=page.has_personal_permission(request),
            has_documents=page.bundle is not None,
        )
        try:
            rows = count_rows(asked)
            if form.is_valid():
                said = form.cleaned_data
                documents = said["file_format"] == Export.Format.ZIP
                wish = Wish(
                    said["file_format"], said.get("note", ""), said.get("sample") if documents else None
                )
                export = ask_for_export(asked=asked, wish=wish, now=timezone.now())
                order_writing(export)
                return redirect("admin:core_export_change", export.pk)
        except NotAllowed:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect(_list_address(page))
        context = {
            "title": _("导出：%s") % page.opts.verbose_name,
            "form": form,
            "rows": min(rows, MOST),
            "more": rows > MOST,
            "filtered": bool(asked.query),
            "back": f"{_list_address(page)}?{asked.query}",
        }
        return self._page(request, "ask", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """How far it is, then where to fetch it."""
        export = self._export(request, object_id)
        if request.method != "GET":
            raise PermissionDenied
        if request.headers.get("HX-Request") and not export.is_open:
            return HttpResponseClientRefresh()  # what was waited for is there
        context = {
            "title": export.file_name,
            "export": export,
            "list_title": title_of(export),
            "who_is_shown": who_is_shown(export),
            "mine": export.asked_by_id == request.user.pk,
            "live": export.state == Export.State.READY and export.expires_at > timezone.now(),  # type: ignore[operator]
        }
        return self._page(request, "export", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise PermissionDenied  # the audit log is the history

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file, unsealed on its way, for whoever asked for it."""
        export = self._export(request, str(pk))
        try:
            pieces = fetch_export(export=export, by=person(request), now=timezone.now())
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from None
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:core_export_change", pk)
        response = StreamingHttpResponse(pieces, content_type=CONTENT_TYPES[export.file_format])
        response.headers["Content-Length"] = str(export.file_size)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Disposition"] = content_disposition_header(True, export.file_name) or ""
        return response

    def _export(self, request: HttpRequest, object_id: str) -> Export:
        found = Export.objects.select_related("asked_by").filter(
            pk=int(object_id) if is_key(object_id) else 0
        )
        export = found.first()
        if export is None:
            raise Http404
        if not self.has_view_permission(request, export):
            raise PermissionDenied
        return export

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, f"core/exports/{name}.html", whole)


def title_of(export: Export) -> str:
    """The list's name, in the language of the page."""
    try:
        return str(apps.get_model(export.model_label)._meta.verbose_name)
    except LookupError:
        return export.model_label


def who_is_shown(export: Export) -> str:
    """Whether people stand in it as they are."""
    return _("完整") if export.personal else _("打星号")


def _sees_all(request: HttpRequest) -> bool:
    return request.user.has_perm("core.view_every_export")


def _list_address(page: Any) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
