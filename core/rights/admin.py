"""Changes of rights: a list to look at; each is decided on from its own page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from core.accounts.roles import title_of
from core.models import RightsChange
from core.staff.base import ReadOnlyAdmin


@admin.register(RightsChange)
class RightsChangeAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "kind",
        "account",
        "state",
        "proposed_by",
        "proposed_at",
        "decided_by",
        "decided_at",
    ]
    list_filter: ClassVar = ["state", "kind"]
    list_select_related: ClassVar = ["person", "proposed_by", "decided_by"]
    list_defer: ClassVar = ("half",)
    sortable_by: ClassVar[list[str]] = []
    fields: ClassVar = [
        *("kind", "account", "titles_before", "titles", "note", "state"),
        *("proposed_by", "proposed_at", "decided_by", "decided_at", "decision_note"),
    ]
    actions_detail: ClassVar = ["confirm", "decline", "withdraw"]

    def called(self, row: RightsChange) -> str:
        return str(row)

    @admin.display(description=gettext_lazy("账号"))
    def account(self, row: RightsChange) -> str:
        return f"{row.full_name or ''} {row.username}".strip()

    @admin.display(description=gettext_lazy("变更前的角色"))
    def titles_before(self, row: RightsChange) -> str:
        return _("、").join(map(title_of, row.roles_before)) or "—"

    @admin.display(description=gettext_lazy("变更后的角色"))
    def titles(self, row: RightsChange) -> str:
        return _("、").join(map(title_of, row.roles)) or "—"

    def _waits(self, object_id: Any, **of: Any) -> bool:
        return RightsChange.objects.waiting().filter(pk=object_id, **of).exists()

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person confirms, and has not proposed it."""
        return self.has_move_permission(request) and self._waits(object_id)

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person proposed it."""
        return self._waits(object_id, proposed_by=request.user)

    @action(description=gettext_lazy("确认变更"), url_path="confirm", permissions=["decide"])  # type: ignore[untyped-decorator]
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-rights-decide", self.key_of(request, object_id), "confirm")

    @action(description=gettext_lazy("不同意变更"), url_path="decline", permissions=["decide"])  # type: ignore[untyped-decorator]
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-rights-decide", self.key_of(request, object_id), "decline")

    @action(description=gettext_lazy("撤回变更"), url_path="withdraw", permissions=["withdraw"])  # type: ignore[untyped-decorator]
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-rights-decide", self.key_of(request, object_id), "withdraw")
