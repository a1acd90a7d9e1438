"""Who may do what now: the rights of the roles that two people gave, but for those of money while they are new."""

from typing import Any

from django.contrib.auth.models import Permission

from core.accounts.lockout import LockingBackend
from core.accounts.roles import ROLES
from core.models import User
from core.rights.appointed import appointed_roles
from core.rights.first import EVERYTHING
from core.rights.waiting import waits_until


def moves_money(right: str) -> bool:
    """Whether a right (`app.verb_model`) is a verb of money: everything about subsidies but to look."""
    return right.startswith("subsidies.") and not right.startswith("subsidies.view_")


def roles_now(user: User) -> frozenset[str]:
    """The roles that this person holds: in the tables, and by a change that is marked."""
    held = {*user.groups.values_list("name", flat=True)} | ({EVERYTHING} if user.is_superuser else set())
    return appointed_roles([user.pk]).get(user.pk, frozenset()) & held if held else frozenset()


class RightsBackend(LockingBackend):
    """The one door of every page, button and action. What a table of roles or rights says alone opens nothing."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The rights this person has now, asked once a request."""
        if (
            obj is not None
            or not isinstance(user_obj, User)
            or not (user_obj.is_active and user_obj.is_of_office)
        ):
            return set()
        rights: set[str] | None = getattr(user_obj, "_rights_now", None)
        if rights is None:
            rights = _rights_of(user_obj)
            setattr(user_obj, "_rights_now", rights)  # noqa: B010 - beside Django's own caches there
        return rights  # itself, as Django hands out its own: a page asks a hundred times


def _rights_of(user: User) -> set[str]:
    roles = roles_now(user)
    if EVERYTHING in roles:
        rights = {
            f"{app}.{name}"
            for app, name in Permission.objects.order_by().values_list("content_type__app_label", "codename")
        }
    else:
        rights = {right for role in roles if role in ROLES for right in ROLES[role].permissions}
    if any(map(moves_money, rights)) and waits_until(user):
        return {right for right in rights if not moves_money(right)}
    return rights
