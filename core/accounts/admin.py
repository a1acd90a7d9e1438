"""The admin of accounts, roles and invitations."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core.accounts.ending import ending_question
from core.accounts.forms import NewUserForm, ResetPasswordForm, StaffRolesForm
from core.accounts.roles import ROLES, title_of, title_of_right
from core.accounts.second_factor_reset import reset_question
from core.accounts.unlock import unlock_question
from core.models import User
from core.staff.ask_first import ask_first
from core.staff.base import ReadOnlyAdmin, StaffAdmin

admin.site.unregister(Group)


def is_oneself(request: HttpRequest, user: User | None) -> bool:
    """Whether it is the own account, of which nobody but a superuser changes what it may do."""
    return user is not None and user == request.user and not request.user.is_superuser


def _title(obj: Any) -> str:
    """A role, and what it is for."""
    duty = ROLES[obj.name].duty if obj.name in ROLES else ""
    return _("%(role)s：%(duty)s") % {"role": title_of(obj.name), "duty": duty} if duty else obj.name


def _right_title(obj: Any) -> str:
    return title_of_right(obj)


_BY_THEMSELVES = ("last_login", "date_joined")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, StaffAdmin):  # type: ignore[misc,type-arg]
    """Accounts and their roles. Superusers, and rights beside the roles, are for superusers alone.

    An account is deactivated, never deleted: what its person did keeps a name.
    """

    form = StaffRolesForm
    add_form_template = None  # Django's says that there is more to fill in on the next page
    add_fieldsets = (
        (
            None,
            {
                "fields": ("username", "first_name", "groups", "password1", "password2"),
                "description": gettext_lazy(
                    "给工作人员开设账号，本人首次登录须先修改密码。"
                    "商户的人员在商户页面邀请，用户名和密码由本人设定。"
                ),
            },
        ),
    )
    add_form = NewUserForm
    change_password_form = ResetPasswordForm
    list_display = ("username", "first_name", "role_titles", "is_staff", "has_second_factor")
    list_filter = ("is_staff", "is_superuser", "is_active")
    list_select_related = ("second_factor",)
    filter_horizontal = ("user_permissions",)
    inlines: ClassVar = []  # what other apps know of a person, they add
    actions = ("reset_second_factor", "unlock", "end_sessions")

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        """A place in a merchant comes by invitation; to an account that is there it can be given."""
        return self.inlines if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "passkeys")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        theirs = obj is None or request.user.is_superuser or not obj.is_superuser
        return bool(super().has_change_permission(request, obj)) and theirs

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        gives = self.has_change_permission(request, obj) and not is_oneself(request, obj)
        rights = ["is_active", "is_staff", "groups" if gives else "role_titles"]
        if request.user.is_superuser:
            rights += ["is_superuser", "user_permissions"]
        names, person, (title, _rights), dates = DjangoUserAdmin.fieldsets  # type: ignore[misc]
        return [
            *(names, person, (title, {"fields": rights}), dates),
            (gettext_lazy("密码"), {"fields": ["must_change_password", "has_second_factor"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = ["is_active", "is_staff"] if is_oneself(request, obj) else []
        return [
            *super().get_readonly_fields(request, obj),
            "role_titles",
            "has_second_factor",
            *_BY_THEMSELVES,
            *own,
        ]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups" and field is not None:
            field.label, field.help_text = _("角色"), ""
            field.label_from_instance = _title  # type: ignore[method-assign]
        if db_field.name == "user_permissions" and field is not None:
            field.label_from_instance = _right_title  # type: ignore[method-assign]
        return field

    @admin.display(description=gettext_lazy("角色"))
    def role_titles(self, user: User) -> str:
        return _("、").join(title_of(group.name) for group in user.groups.all())

    @admin.display(description=gettext_lazy("两步验证"), boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return hasattr(user, "second_factor") or bool(user.passkeys.all())

    @admin.action(description=gettext_lazy("重置两步验证"), permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """For a lost device: the person sets up another at the next page. It stands in the account's history."""
        return ask_first(request, reset_question(self, queryset, request))

    @admin.action(description=gettext_lazy("解除登录限制"), permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """For somebody who mistyped too often: the wait is over, nothing else is given."""
        return ask_first(request, unlock_question(self._theirs(request, queryset), request))

    @admin.action(description=gettext_lazy("结束全部登录"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """For a lost device: whoever has it is out."""
        return ask_first(request, ending_question(self._theirs(request, queryset), request))

    def _theirs(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Superusers are for superusers."""
        return queryset if request.user.is_superuser else queryset.exclude(is_superuser=True)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """What each role is for, and who has it: to look at, since the table in core/accounts/roles.py decides."""

    watched = False
    list_display: ClassVar = ["title", "duty", "people"]
    fields: ClassVar = ["title", "duty", "people", "holders"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(people_count=Count("user"))  # type: ignore[no-any-return]

    def called(self, row: Group) -> str:
        return title_of(row.name)

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
        return _("、").join(str(user) for user in User.objects.filter(groups=group).order_by("username"))
