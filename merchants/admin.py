"""The admin of the people who take part, and the base of every admin page here."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from merchants.models import AgentAuthorization, AgentPoint, CommitmentLetter, Membership, Merchant, User
from merchants.paging import CappedPaginator

admin.site.unregister(Group)


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Looks, never touches: money, decisions and evidence are moved by verbs alone."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_move_permission(self, request: HttpRequest) -> bool:
        """Whether this person may call the verbs that stand here as actions: the right to change, not only to view."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    autocomplete_fields: ClassVar = ["merchant"]
    extra = 0


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines: ClassVar = [MembershipInline]


class AuthorizationInline(TabularInline):  # type: ignore[misc]
    model = AgentAuthorization
    exclude: ClassVar = ["content_index"]
    extra = 0


class LetterInline(TabularInline):  # type: ignore[misc]
    model = CommitmentLetter
    extra = 0


@admin.register(Merchant)
class MerchantAdmin(ModelAdmin):  # type: ignore[misc]
    list_display: ClassVar = ["name", "uscc", "subdistrict", "registered_on", "trade_in_enabled_on"]
    list_filter: ClassVar = ["subdistrict"]
    search_fields: ClassVar = ["uscc", "name"]
    exclude: ClassVar = ["content_index"]
    inlines: ClassVar = [LetterInline]


@admin.register(AgentPoint)
class AgentPointAdmin(ModelAdmin):  # type: ignore[misc]
    list_display: ClassVar = ["point_no", "merchant"]
    list_select_related: ClassVar = ["merchant"]
    search_fields: ClassVar = ["point_no", "merchant__name", "merchant__uscc"]
    autocomplete_fields: ClassVar = ["merchant"]
    inlines: ClassVar = [AuthorizationInline]
