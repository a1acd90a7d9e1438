"""The admin of the people who take part."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from merchants import second_factor
from merchants.forms import LinkForm, NewUserForm, ResetPasswordForm, StaffInviteForm, StaffRolesForm
from merchants.invitations import invite
from merchants.models import (
    AgentAuthorization,
    AgentPoint,
    CommitmentLetter,
    Invitation,
    Membership,
    Merchant,
    Training,
    User,
)
from merchants.staff_admin import ReadOnlyAdmin
from merchants.staff_roles import ROLES, title_of
from merchants.views.accounts import invitation_link

admin.site.unregister(Group)


def _is_oneself(request: HttpRequest, user: User | None) -> bool:
    """Whether it is the own account, of which nobody but a superuser changes what it may do."""
    return user is not None and user == request.user and not request.user.is_superuser


def _title(obj: Any) -> str:
    return title_of(obj.name)


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    autocomplete_fields: ClassVar = ["merchant"]
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(super().has_add_permission(request, obj)) and not _is_oneself(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and not _is_oneself(request, obj)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    """Accounts and their roles. Superusers, and rights beside the roles, are for superusers alone."""

    form = StaffRolesForm
    add_form = NewUserForm
    change_password_form = ResetPasswordForm
    list_display = ("username", "first_name", "role_titles", "is_staff", "has_second_factor")
    list_filter = ("is_staff", "is_superuser", "is_active")
    list_select_related = ("second_factor",)
    inlines: ClassVar = [MembershipInline]
    actions = ("reset_second_factor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        theirs = obj is None or request.user.is_superuser or not obj.is_superuser
        return bool(super().has_change_permission(request, obj)) and theirs

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        theirs = obj is None or request.user.is_superuser or not obj.is_superuser
        return bool(super().has_delete_permission(request, obj)) and theirs

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        gives = self.has_change_permission(request, obj) and not _is_oneself(request, obj)
        rights = ["is_active", "is_staff", "groups" if gives else "role_titles"]
        if request.user.is_superuser:
            rights += ["is_superuser", "user_permissions"]
        names, person, (title, _rights), dates = DjangoUserAdmin.fieldsets  # type: ignore[misc]
        return [
            *(names, person, (title, {"fields": rights}), dates),
            (gettext_lazy("密码"), {"fields": ["must_change_password", "has_second_factor"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = ["is_active", "is_staff"] if _is_oneself(request, obj) else []
        return [*super().get_readonly_fields(request, obj), "role_titles", "has_second_factor", *own]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups" and field is not None:
            field.label = _("角色")
            field.label_from_instance = _title  # type: ignore[method-assign]
        return field

    @admin.display(description=gettext_lazy("角色"))
    def role_titles(self, user: User) -> str:
        return "、".join(title_of(group.name) for group in user.groups.all())

    @admin.display(description=gettext_lazy("两步验证"), boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return hasattr(user, "second_factor")

    @admin.action(description=gettext_lazy("重置两步验证"), permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For a lost device: the person sets up another at the next page. It stands in the account's history."""
        count = 0
        for user in queryset:
            theirs = user != request.user and self.has_change_permission(request, user)
            if theirs and second_factor.reset(user):
                self.log_change(request, user, _("重置两步验证"))
                count += 1
        sentence = ngettext(
            "已重置 %s 人的两步验证，本人下次登录时须重新绑定；其余没有绑定，或不归您重置。",
            "已重置 %s 人的两步验证，本人下次登录时须重新绑定；其余没有绑定，或不归您重置。",
            count,
        )
        self.message_user(request, sentence % count, messages.SUCCESS if count else messages.WARNING)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """What each role is for, and who has it: to look at, since the table in merchants/staff_roles.py decides."""

    list_display: ClassVar = ["title", "duty", "people"]
    fields: ClassVar = ["title", "duty", "people", "holders"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(people_count=Count("user"))  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("角色"))
    def title(self, group: Group) -> str:
        return title_of(group.name)

    @admin.display(description=gettext_lazy("职责"))
    def duty(self, group: Group) -> str:
        return str(ROLES[group.name].duty) if group.name in ROLES else ""

    @admin.display(description=gettext_lazy("人数"))
    def people(self, group: Group) -> int:
        return int(group.people_count)  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("人员"))
    def holders(self, group: Group) -> str:
        return "、".join(str(user) for user in group.user_set.order_by("username"))


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

    def has_invite_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may invite people to merchants."""
        return request.user.has_perm("merchants.add_invitation")

    @action(description=gettext_lazy("邀请商户人员"), url_path="invite", permissions=["invite"])  # type: ignore[untyped-decorator]
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


@admin.register(Training)
class TrainingAdmin(ModelAdmin):  # type: ignore[misc]
    list_display: ClassVar = ["title", "held_on", "place"]
    search_fields: ClassVar = ["title", "place"]
    autocomplete_fields: ClassVar = ["attended_by"]
