"""The admin of accounts, roles and invitations."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from core.accounts.ending import ending_question
from core.accounts.forms import NamesForm
from core.accounts.roles import ROLES, title_of
from core.models import User
from core.staff.ask_first import ask_first
from core.staff.base import ReadOnlyAdmin, StaffAdmin

admin.site.unregister(Group)


_BY_TWO = (
    "is_active",
    "is_staff",
    "is_superuser",
    "role_titles",
    "must_change_password",
    "has_second_factor",
)
_BY_THEMSELVES = ("last_login", "date_joined")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, StaffAdmin):  # type: ignore[misc,type-arg]
    """Accounts: names are changed here. What somebody may do, and how somebody comes in, two administrators change.

    An account is deactivated, never deleted: what its person did keeps a name.
    """

    form = NamesForm
    list_display = ("username", "full_name", "role_titles", "is_staff", "has_second_factor")
    search_fields = ("username", "email")
    sortable_by = ("username", "is_staff")
    list_filter = ("is_staff", "is_superuser", "is_active")
    list_select_related = ("second_factor",)
    filter_horizontal = ()
    inlines: ClassVar = []  # what other apps know of a person, they add
    actions = ("end_sessions",)
    actions_list: ClassVar = ["new_account"]
    actions_detail: ClassVar = [
        *("change_roles", "reset_password", "reset_second_factor", "unlock", "reactivate", "deactivate")
    ]

    def get_urls(self) -> list[Any]:
        """Without Django's page that sets somebody else's password."""
        urls: list[Any] = super().get_urls()
        return [each for each in urls if each.name != "auth_user_password_change"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "passkeys")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        theirs = obj is None or request.user.is_superuser or not obj.is_superuser
        return bool(super().has_change_permission(request, obj)) and theirs

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return [
            (None, {"fields": ["username", "full_name", "email"]}),
            (gettext_lazy("权限"), {"fields": ["is_active", "is_staff", "is_superuser", "role_titles"]}),
            (gettext_lazy("密码"), {"fields": ["must_change_password", "has_second_factor"]}),
            (gettext_lazy("时间"), {"fields": [*_BY_THEMSELVES]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return ["username", *_BY_TWO, *_BY_THEMSELVES]

    def has_propose_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person proposes changes of rights."""
        return request.user.has_perm("core.add_rightschange")

    @action(description=gettext_lazy("新开账号"), url_path="new-account", permissions=["propose"])  # type: ignore[untyped-decorator]
    def new_account(self, request: HttpRequest) -> HttpResponse:
        return redirect("staff-rights-new")

    @action(description=gettext_lazy("变更角色"), url_path="change-roles", permissions=["propose"])  # type: ignore[untyped-decorator]
    def change_roles(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-rights-propose", self.key_of(request, object_id), "roles")

    @action(description=gettext_lazy("重置密码"), url_path="reset-password", permissions=["propose"])  # type: ignore[untyped-decorator]
    def reset_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-rights-propose", self.key_of(request, object_id), "password")

    @action(description=gettext_lazy("重置两步验证"), url_path="reset-second-factor", permissions=["propose"])  # type: ignore[untyped-decorator]
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-rights-propose", self.key_of(request, object_id), "second_factor")

    @action(description=gettext_lazy("解除登录限制"), url_path="unlock", permissions=["propose"])  # type: ignore[untyped-decorator]
    def unlock(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-rights-propose", self.key_of(request, object_id), "unlock")

    @action(description=gettext_lazy("恢复账号"), url_path="reactivate", permissions=["propose"])  # type: ignore[untyped-decorator]
    def reactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-rights-propose", self.key_of(request, object_id), "reactivate")

    def has_deactivate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person shuts somebody out, which one does alone."""
        return request.user.has_perm("core.change_user")

    @action(description=gettext_lazy("停用账号"), url_path="deactivate", permissions=["deactivate"])  # type: ignore[untyped-decorator]
    def deactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-account-deactivate", self.key_of(request, object_id))

    @admin.display(description=gettext_lazy("角色"))
    def role_titles(self, user: User) -> str:
        return _("、").join(title_of(group.name) for group in user.groups.all())

    @admin.display(description=gettext_lazy("两步验证"), boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return hasattr(user, "second_factor") or bool(user.passkeys.all())

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
