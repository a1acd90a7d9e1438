"""The base of every admin page here, and the question before anything that cannot be taken back."""

import json
import logging
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteMixin
from django.contrib.auth import get_permission_codename
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import BinaryField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from core.accounts.typed import is_resumed
from core.audit.record import Action, record
from core.districts.chooser import InDistrictForm
from core.models import District
from core.paging import CappedPaginator
from core.privacy.sealing import SealedField
from core.staff.access import person
from core.staff.as_seen import AsSeenForm, ComeBackForm
from core.staff.by_name import shown_by_name
from core.staff.filters import CHOSEN, address_of
from core.staff.in_yuan import shown_in_yuan
from core.staff.staff_list import StaffList
from core.storable import is_key

logger = logging.getLogger(__name__)
TYPED_SEALED = {SealedField: {"widget": UnfoldAdminTextInputWidget}}  # typed like any other text


class KeysOnly:
    """Of a field that looks rows up as one types: what was sent and is no row's number is nobody, and told as that."""

    def optgroups(self, name: str, value: list[Any], attr: Any = None) -> Any:
        """The choices that are shown as chosen."""
        chosen = [each for each in value if not each or is_key(str(each))]
        return super().optgroups(name, chosen, attr)  # type: ignore[misc]


class StaffAdmin(ModelAdmin):  # type: ignore[misc]
    """What holds on every page here: nothing is deleted, and who looked at what, and searched, is written down.

    `watched = False` on pages that tell nothing about a person or a shop. Of a search only how much it found is kept.
    `asks_district`: no parent says in which district a new one lies, so whoever reads several chooses.
    """

    watched: ClassVar[bool] = True
    asks_district: ClassVar[bool] = False
    formfield_overrides: ClassVar = TYPED_SEALED
    show_full_result_count = False
    list_before_template = "core/filters/before_list.html"
    list_filter_submit = True  # a list is narrowed once, when all is chosen
    sortable_narrowed: ClassVar[
        tuple[str, ...]
    ] = ()  # what a list may be sorted by once it is narrowed: no index knows it
    show_facets = admin.ShowFacets.NEVER  # they would count all rows, once for every choice
    list_defer: ClassVar[tuple[str, ...]] = ()  # columns that the list does not show
    paginator = CappedPaginator
    list_per_page = 50
    change_form_before_template = "core/staff/as_seen.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Of a record that is there: one that another window does not overwrite unseen."""
        if self.asks_district:
            kwargs.setdefault("form", type(self.form.__name__, (InDistrictForm, self.form), {}))
            if "fields" not in kwargs:
                kwargs["fields"] = flatten_fieldsets(self.get_fieldsets(request, obj))
            if kwargs["fields"] is not None:  # the district is the form's own, and no column to edit
                kwargs["fields"] = [name for name in kwargs["fields"] if name != "district"]
        form = super().get_form(request, obj, change=change, **kwargs)
        above: list[type[Any]] = [ComeBackForm] if is_resumed(request) and form.base_fields else []
        above += [AsSeenForm] if obj is not None and form.base_fields else []
        return type(form.__name__, (*above, form), {}) if above else form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The district first, where it is chosen."""
        sets = super().get_fieldsets(request, obj)
        if not self.asks_district:
            return sets
        (title, told), *others = sets
        fields = [name for name in told["fields"] if name != "district"]
        asked = ["district"] if obj is None and len(District.objects.read()[:2]) > 1 else []
        return [(title, {**told, "fields": [*asked, *fields]}), *others]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """While it is saved nobody else saves it."""
        row = super().get_object(request, object_id, from_field)
        saved = request.method == "POST" and connection.in_atomic_block
        if row is not None and saved and self.has_change_permission(request, row):
            self.model._default_manager.select_for_update(no_key=True, of=("self",)).filter(pk=row.pk).first()
            row.refresh_from_db()
        return row

    def action_checkbox(self, obj: Any) -> str:
        """A plain box to tick: the theme's brings six hundred letters of style."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            _("选择记录"),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Of a list that is narrowed also `sortable_narrowed`."""
        known = super().get_sortable_by(request)
        narrowed = set(request.GET) - {ORDER_VAR, PAGE_VAR, ERROR_FLAG}
        return [*known, *self.sortable_narrowed] if self.sortable_narrowed and narrowed else known

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StaffList

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        response: HttpResponse = super().changeform_view(request, object_id, *args, **kwargs)
        looks = self.watched and object_id and request.method == "GET"
        if looks and response.status_code == HTTPStatus.OK:
            self.note_look(request, getattr(response, "context_data", {}).get("original") or self.model)
        return response

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """No list is narrowed by what rests sealed, or by its index."""
        named = lookup.partition("__")[0]
        sealed = any(
            isinstance(field, BinaryField)
            for field in self.opts.fields
            if named in (field.name, field.attname)
        )
        return not sealed and bool(super().lookup_allowed(lookup, value, request))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        widget = getattr(widget, "widget", widget)  # within the one that has the links beside it
        if isinstance(widget, AutocompleteMixin):
            widget.__class__ = type(type(widget).__name__, (KeysOnly, type(widget)), {})
        return field

    def key_of(self, request: HttpRequest, object_id: str) -> int:
        """The number of the record that an address means. Raises Http404."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        return int(row.pk)

    def called(self, row: Any) -> str:
        """What a record is called at the head of its page and in the browser's tab."""
        return str(row)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The record's own name, and to save only where there is something to save, whatever rights this person has."""
        row = kwargs.get("obj")
        title = self.called(row) if row else _("新增%s") % self.opts.verbose_name
        context |= {"title": title, "subtitle": None}
        if not _takes_anything(context):
            context |= dict.fromkeys(
                ("show_save", "show_save_and_continue", "show_save_and_add_another"), False
            )
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return _logged(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return _logged(request, obj, CHANGE, message)

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().history_view(request, *args, **kwargs)
        shown = getattr(response, "context_data", None) or {}
        if "object" in shown:
            shown["title"] = _("%s 的历史") % self.called(shown["object"])
        return response

    def note_look(self, request: HttpRequest, row: Any) -> None:
        """Write down that this person opened a record: for pages that are not the admin's own form, too."""
        record(Action.VIEW, by=person(request), of=row)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if CHOSEN in request.GET:
            return redirect(f"{request.path}?{address_of(request.GET)}")
        if ERROR_FLAG in request.GET:
            messages.warning(request, _("筛选条件无法识别，没有按它筛选。"))
        try:
            response: HttpResponse = super().changelist_view(request, *args, **kwargs)
        except (ValueError, OverflowError):
            # a year or a number beyond all bounds, in an address that somebody wrote
            if not request.GET or request.method != "GET":
                raise
            return redirect(f"{request.path}?{ERROR_FLAG}=1")
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown and request.GET.get(SEARCH_VAR):
            found = {"found": shown["cl"].result_count}
            record(Action.SEARCH, by=person(request), of=self.model, detail=found)
        return response


def _opens(site: admin.AdminSite, model: Any, request: HttpRequest) -> bool:
    """Whether this person may open records of that kind."""
    return site.is_registered(model) and bool(site.get_model_admin(model).has_view_permission(request))


def _logged(request: HttpRequest, row: Any, what: int, message: Any) -> LogEntry:
    """In Django's own log a record has its number, and no name: those rest sealed."""
    told = message if isinstance(message, str) else json.dumps(message)
    return LogEntry.objects.create(
        user=person(request),
        content_type=ContentType.objects.get_for_model(row),
        object_id=row.pk,
        object_repr=f"#{row.pk}",
        action_flag=what,
        change_message=told,
    )


def _takes_anything(context: dict[str, Any]) -> bool:
    """Whether a record's page has a field to fill in: its own, or of a row within it that may be added or changed."""
    inlines = context["inline_admin_formsets"]
    return bool(context["adminform"].form.fields) or any(
        each.has_add_permission or (each.has_change_permission and each.formset.initial_forms)
        for each in inlines
    )


class KeptInline(TabularInline):  # type: ignore[misc]
    """Rows within a record: added and changed by whoever may, deleted by nobody, and none of them unseen (`as_seen.py`)."""

    extra = 0
    can_delete = False
    formfield_overrides: ClassVar = TYPED_SEALED

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """`part_of`: the record under whose history the rows stand."""
        seen = type("SeenRow", (AsSeenForm, self.form), {"part_of": obj})
        return super().get_formset(request, obj, **{"form": seen, **kwargs})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(StaffAdmin):
    """Looks, never touches: money, decisions and evidence are moved by verbs alone. Money is read in yuan."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_fields(request, obj)
        columns = {field.name for field in self.opts.fields if field.name.endswith("_fen")}
        return [shown_in_yuan(self.model, name) if name in columns else name for name in shown]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A record that another names is a link for those alone who may open it."""
        sets = super().get_fieldsets(request, obj)
        return [(title, {**told, "fields": self._links(told["fields"], request)}) for title, told in sets]

    def _links(self, names: Any, request: HttpRequest) -> list[Any]:
        shut = {
            field.name
            for field in self.opts.fields
            if field.is_relation and not _opens(self.admin_site, field.related_model, request)
        }
        return [
            self._links(each, request)
            if isinstance(each, list | tuple)
            else (shown_by_name(self.model, each) if each in shut else each)
            for each in names
        ]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_move_permission(self, request: HttpRequest) -> bool:
        """Whether this person may call the verbs that stand here as actions: the right to change, not only to view."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")
