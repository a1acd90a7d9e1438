"""How the audit trail is narrowed: by the record's kind, by person, by day."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit.history import kinds_of_objects, name_of
from core.models import AuditEntry, User
from core.staff.chosen_filter import ChosenFilter
from core.storable import is_key


class ObjectFilter(ChosenFilter):
    title, parameter_name = gettext_lazy("对象类型"), "object_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(((label, name_of(label)) for label in kinds_of_objects()), key=lambda pair: pair[1])

    def called(self, value: str) -> str:
        return name_of(value)

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(object_type=self.value()) if self.value() else queryset


class PersonFilter(ChosenFilter):
    """Staff to choose from; any other person is come to by a link."""

    title, parameter_name = gettext_lazy("操作人"), "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = [pk for pk in request.GET.getlist("by") if is_key(pk)]
        people = User.objects.filter(is_staff=True) | User.objects.filter(pk__in=chosen)
        return [
            ("none", _("系统或未登录")),
            *((str(user.pk), called(user)) for user in people.order_by("username")),
        ]

    def called(self, value: str) -> str:
        return f"#{value}" if is_key(value) else ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        value = self.value() or ""
        if value == "none":
            return queryset.filter(by=None)
        return queryset.filter(by=int(value)) if is_key(value) else queryset


def called(user: User) -> str:
    """The name, and the user name by which it is found."""
    name = user.get_full_name()
    return f"{name} ({user.username})" if name else user.username
