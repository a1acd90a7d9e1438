"""The admin of a merchant's people and of invitations."""

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest

from core.accounts.admin import UserAdmin, is_oneself
from core.models import User
from core.staff.base import KeptInline, ReadOnlyAdmin
from merchants.models import Invitation, Membership


class MembershipInline(KeptInline):
    model = Membership
    hide_title = True
    autocomplete_fields: ClassVar = ["merchant"]

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(super().has_add_permission(request, obj)) and not is_oneself(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and not is_oneself(request, obj)


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
    list_filter: ClassVar = ["role"]
    list_select_related: ClassVar = ["merchant", "invited_by"]
    search_fields: ClassVar = ["merchant__name", "merchant__uscc"]
    fields: ClassVar = [*list_display, "accepted_by"]

    def called(self, row: Invitation) -> str:
        return f"{row.merchant} · {row.get_role_display()}"
