"""The admin of a merchant's people and of invitations."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from core.accounts.admin import UserAdmin
from core.models import User
from core.staff.access import person
from core.staff.base import KeptInline, ReadOnlyAdmin
from merchants.models import Invitation, Membership
from merchants.team.invitations import waiting_invitations


class MembershipInline(KeptInline):
    """To look at: into a shop leads an invitation, which takes two people."""

    model = Membership
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


UserAdmin.inlines.append(MembershipInline)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "merchant",
        "role",
        "name",
        "invited_by",
        "invited_at",
        "expires_at",
        "accepted_at",
    ]
    sortable_by: ClassVar = ["merchant", "invited_at", "expires_at", "accepted_at"]
    list_filter: ClassVar = ["role", ("confirmed_at", EmptyFieldListFilter)]
    list_select_related: ClassVar = ["merchant", "invited_by"]
    search_fields: ClassVar = ["merchant__name", "merchant__uscc"]
    fields: ClassVar = [*list_display, "confirmed_by", "confirmed_at", "accepted_by"]
    actions_detail: ClassVar = ["confirm"]

    def has_confirm_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may confirm what another invited to."""
        waiting = (
            waiting_invitations(now=timezone.now()).filter(pk=object_id).exclude(invited_by=person(request))
        )
        return request.user.has_perm("merchants.add_invitation") and waiting.exists()

    @action(description=_("确认邀请"), url_path="confirm", icon="how_to_reg", permissions=["confirm"])  # type: ignore[untyped-decorator]
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-invitation-confirm", self.key_of(request, object_id))

    def called(self, row: Invitation) -> str:
        return f"{row.merchant} · {row.get_role_display()}"
