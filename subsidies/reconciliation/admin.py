"""The admin of the reconciliation: differences are closed by verbs, each asked about first; the rest is to look at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan
from core.staff.access import person
from core.staff.ask_first import ask_first
from core.staff.base import ReadOnlyAdmin
from core.storable import is_key
from subsidies.models import Difference, StatementEntry, StatementReading
from subsidies.reconciliation.pages.differences import VERBS, question, with_obstacle
from subsidies.reconciliation.resources import DifferenceResource, StatementEntryResource
from subsidies.reconciliation.wording import in_words


def _action(slug: str) -> Any:
    title: Any = VERBS[slug].title

    @admin.action(description=title, permissions=["move"])
    def ask(page: ReadOnlyAdmin, request: HttpRequest, queryset: QuerySet[Difference]) -> HttpResponse | None:
        return ask_first(request, question(slug, queryset, request))

    ask.__name__ = slug
    return ask


@admin.register(Difference)
class DifferenceAdmin(ExportAdmin):
    resource_classes: ClassVar = [DifferenceResource]
    list_display: ClassVar = ["number", "kind", "day", "state", "owner", "age", "resolution"]
    list_filter: ClassVar = ["state", "kind"]
    list_select_related: ClassVar = ["owner"]
    search_fields: ClassVar = ["number__exact"]
    date_hierarchy = None
    sortable_by: ClassVar[list[str]] = ["day"]
    actions: ClassVar = [_action(slug) for slug in VERBS]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Also by the day, as the triangle's rows lead here."""
        return lookup in ("day__gte", "day__lte") or bool(super().lookup_allowed(lookup, value, request))

    @admin.display(description=gettext_lazy("已有天数"))
    def age(self, row: Difference) -> int:
        return ((row.closed_at or timezone.now()) - row.found_at).days

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What each side says, what was found, and what this person may do now."""
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        loaded = Difference.objects.select_related(
            "owner", "proposed_by", "signed_by", "line__claim__trade_in", "line__batch"
        )
        found = loaded.filter(pk=object_id).first() if is_key(object_id) else None
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        entry = StatementEntry.objects.filter(number=found.number).first()
        context = {
            **self.admin_site.each_context(request),
            "title": found.get_kind_display(),
            "opts": self.opts,
            "found": found,
            "ours": in_words(found.ours),
            "theirs": in_words(found.theirs),
            "age": self.age(found),
            "entry": entry,
            "before": in_words(entry.before) if entry else "",
            "verbs": self._verbs(request, found) if self.has_move_permission(request) else [],
        }
        self.note_look(request, found)
        return TemplateResponse(request, "subsidies/reconciliation/difference.html", context)

    def _verbs(self, request: HttpRequest, found: Difference) -> list[tuple[str, object]]:
        only = Difference.objects.filter(pk=found.pk)
        return [
            (reverse("staff-difference-verb", args=[found.pk, slug]), verb.title)
            for slug, verb in VERBS.items()
            if not with_obstacle(slug, only, by=person(request)).get().why
            and not (slug == "take" and found.owner == request.user)
        ]


@admin.register(StatementReading)
class StatementReadingAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        *(
            "first_day",
            "last_day",
            "source",
            "state",
            "read_at",
            "payments",
            "yuan",
            "returned",
            "read_by",
            "decided_by",
        ),
    ]
    list_display_links: ClassVar = ["first_day"]
    list_filter: ClassVar = ["source", "state"]
    list_select_related: ClassVar = ["read_by", "decided_by"]
    sortable_by: ClassVar[list[str]] = ["last_day"]

    @admin.display(description=gettext_lazy("付款金额(元)"))
    def yuan(self, row: StatementReading) -> str:
        return yuan(row.paid_fen)


@admin.register(StatementEntry)
class StatementEntryAdmin(ExportAdmin):
    """The statement line by line."""

    resource_classes: ClassVar = [StatementEntryResource]
    list_display: ClassVar = ["number", "day", "yuan", "times", "returned", "payee_agrees", "memo"]
    list_filter: ClassVar = ["returned", "payee_agrees"]
    search_fields: ClassVar = ["number__exact"]
    ordering: ClassVar = ["-id"]
    sortable_by: ClassVar[list[str]] = ["day"]

    @admin.display(description=gettext_lazy("金额(元)"))
    def yuan(self, row: StatementEntry) -> str:
        return yuan(row.amount_fen)
