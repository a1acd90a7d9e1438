"""The admin of the people who take part, and the base of every admin page here."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_permission_codename
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.forms import UserChangeForm
from unfold.widgets import UnfoldAdminTextInputWidget

from merchants.forms import LinkForm, NewUserForm, ResetPasswordForm, StaffInviteForm
from merchants.invitations import invite
from merchants.models import (
    AgentAuthorization,
    AgentPoint,
    CommitmentLetter,
    Invitation,
    Membership,
    Merchant,
    User,
)
from merchants.paging import CappedPaginator
from merchants.views.accounts import invitation_link

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
    add_form = NewUserForm
    change_password_form = ResetPasswordForm
    fieldsets: ClassVar = [
        *DjangoUserAdmin.fieldsets,  # type: ignore[misc]
        (gettext_lazy("密码"), {"fields": ["must_change_password"]}),
    ]
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
    actions_detail: ClassVar = ["invite_people"]

    @action(description=gettext_lazy("邀请商户人员"), url_path="invite", permissions=["change"])  # type: ignore[untyped-decorator]
    def invite_people(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask who shall come; the page that answers shows the link, once."""
        merchant = self.get_object(request, unquote(object_id))
        if merchant is None:
            raise Http404
        form, link = StaffInviteForm(request.POST or None), None
        if form.is_valid() and isinstance(request.user, User):
            token = invite(merchant=merchant, **form.cleaned_data, by=request.user, now=timezone.now())
            link = LinkForm(invitation_link(request, token), widget=UnfoldAdminTextInputWidget)
        context = {
            **self.admin_site.each_context(request),
            "title": _("邀请 %s 的人员") % merchant,
            "opts": self.opts,
            "form": form,
            "link": link,
        }
        return TemplateResponse(request, "accounts/admin_invite.html", context)


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
    list_filter: ClassVar = ["role"]
    list_select_related: ClassVar = ["merchant", "invited_by"]
    search_fields: ClassVar = ["merchant__name", "merchant__uscc"]
    fields: ClassVar = [*list_display, "accepted_by"]


@admin.register(AgentPoint)
class AgentPointAdmin(ModelAdmin):  # type: ignore[misc]
    list_display: ClassVar = ["point_no", "merchant"]
    list_select_related: ClassVar = ["merchant"]
    search_fields: ClassVar = ["point_no", "merchant__name", "merchant__uscc"]
    autocomplete_fields: ClassVar = ["merchant"]
    inlines: ClassVar = [AuthorizationInline]
