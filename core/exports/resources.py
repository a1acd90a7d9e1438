"""What a list of the admin looks like as a table: its columns, and the button that asks for it.

A list joins in with one line, `resource_classes = [SomeResource]`, and `Exportable` before its ModelAdmin. Who asks, who
writes and who downloads is in `ebikes`: here is only the button's address.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, ClassVar, cast

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.http import urlencode
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources
from unfold.admin import ModelAdmin

from core.money import exact_yuan, without_unit
from core.privacy.sealing import Sealed

SEE_PERSONAL = "ebikes.see_personal_data"
CHUNK = 2000  # rows that are in memory at once

Title = str | Promise


class Column(fields.Field):  # type: ignore[misc]
    """A column: the way to its value from a row (`trade_in__record_no`), and its title.

    `needs`: other ways, of what a property or a method reads beside.
    """

    def __init__(
        self,
        attribute: str | None = None,
        title: Title | None = None,
        *,
        needs: Iterable[str] = (),
        choices: Mapping[Any, Title] | None = None,
    ) -> None:
        super().__init__(attribute=attribute, column_name=title)
        self.choices = choices or {}
        self.paths = (*([attribute] if attribute else []), *needs)

    def export(self, instance: Model, **kwargs: Any) -> Any:
        """The value itself: how a table writes it is the table's business."""
        value = self.get_value(instance)
        return self.choices.get(value, value) if self.choices else value


class Yuan(Column):
    """Money: fen in the database, yuan with two decimals in a table."""

    def export(self, instance: Model, **kwargs: Any) -> Any:
        fen = self.get_value(instance)
        return None if fen is None else exact_yuan(fen)


class Personal(Column):
    """What tells who somebody is: masked, unless the whole was asked for by somebody who may."""

    def __init__(self, attribute: str, title: Title | None, mask: Callable[[str], str]) -> None:
        super().__init__(attribute, title)
        self.mask = mask

    def export(self, instance: Model, *, personal: bool = False, **kwargs: Any) -> Any:
        value = str(self.get_value(instance) or "")
        return value.removeprefix("+86") if personal or not value else self.mask(value)


class HarmlessResource(resources.ModelResource):  # type: ignore[misc]
    """A list's columns: `Meta.fields` in their order; what is not declared is the model's own field under its own name.

    Only what the columns name is read from the database. `prefetch`: of rows that hang on a row. `personal_rights`: what
    somebody needs beside `ebikes.see_personal_data` to have these people unmasked.
    """

    prefetch: ClassVar[tuple[Any, ...]] = ()
    personal_rights: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> Column:
        title = django_field.verbose_name
        if field_name.endswith("_fen"):
            return Yuan(field_name, format_lazy("{}{}", lazy(without_unit, str)(title), _("(元)")))
        return Column(field_name, title, choices=dict(django_field.flatchoices))

    @property
    def is_personal(self) -> bool:
        """Whether there is anything to mask."""
        return any(isinstance(field, Personal) for field in self.get_export_fields())

    def headers(self) -> list[str]:
        """The columns' titles, in the active language."""
        return list(self.get_export_headers())

    def values(self, queryset: QuerySet[Any], *, personal: bool) -> Iterator[list[Any]]:
        """Row by row, however many there are."""
        makers = [self._maker(field, personal) for field in self.get_export_fields()]
        left = self._loaded(queryset).iterator(chunk_size=CHUNK)
        while rows := list(islice(left, CHUNK)):
            self.look_up(rows)
            yield from ([make(row) for make in makers] for row in rows)

    def look_up(self, rows: list[Any]) -> None:
        """What some columns need of other tables, for many rows at once."""

    def _maker(self, field: Column, personal: bool) -> Callable[[Any], Any]:
        method = getattr(self, field.get_dehydrate_method(self.get_field_name(field)), None)
        return method or partial(field.export, personal=personal)

    def _loaded(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with what the columns need, and nothing else: what is not read is not unsealed either."""
        ways = [_known(self._meta.model, path) for field in self.get_export_fields() for path in field.paths]
        related = sorted({relation for _path, relations in ways for relation in relations})
        queryset = queryset.defer(None)  # what the list does not show, the table may
        rows = queryset.select_related(None)
        rows = rows.select_related(*related) if related else rows
        paths = {path for path, _relations in ways if path}
        rows = rows.only("pk", *sorted(paths.union(*(_beside(self._meta.model, path) for path in paths))))
        return rows.prefetch_related(None).prefetch_related(*self.prefetch)


def _beside(model: type[Model], path: str) -> set[str]:
    """What a sealed column is opened with: the columns that say which record it belongs to."""
    *way, name = path.split("__")
    for relation in way:
        model = cast(type[Model], model._meta.get_field(relation).related_model)
    column = model._meta.get_field(name)
    return {"__".join((*way, bound)) for bound in column.bound_to} if isinstance(column, Sealed) else set()


def _known(model: type[Model], path: str) -> tuple[str, list[str]]:
    """As much of a way as columns of the database make up, and the relations on it."""
    names: list[str] = []
    relations: list[str] = []
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            break
        if not isinstance(field, Field) or not field.concrete or field.many_to_many:
            break
        names.append(name)
        if field.related_model is None or isinstance(field.related_model, str):
            break
        relations.append("__".join(names))
        model = field.related_model
    return "__".join(names), relations


class Exportable(ModelAdmin):  # type: ignore[misc]
    """A list that can be taken away as a table, by whoever may look at it."""

    resource_classes: ClassVar[list[type[HarmlessResource]]] = []
    bundle: ClassVar[Any] = None  # a `core.exports.bundle.Bundle`, where each row has a document
    change_list_template = "core/exports/change_list.html"

    def export_resource(self) -> HarmlessResource:
        """The columns."""
        (resource,) = self.resource_classes
        return resource()

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whether this person may take the list away: who may look at it, and at exports at all."""
        return bool(self.has_view_permission(request)) and request.user.has_perm("core.view_export")

    def has_personal_permission(self, request: HttpRequest) -> bool:
        """Whether this person may have it unmasked."""
        resource = self.export_resource()
        rights = (SEE_PERSONAL, *resource.personal_rights)
        return resource.is_personal and all(request.user.has_perm(right) for right in rights)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        address = ""
        if self.has_export_permission(request):
            asked = {"list": self.opts.label_lower, "filters": request.GET.urlencode()}
            address = f"{reverse('admin:core_export_add')}?{urlencode(asked)}"
        view: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), "export_address": address}
        )
        return view
