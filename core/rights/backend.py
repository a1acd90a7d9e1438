"""Who may do what now: the rights of the roles, but for those of money while they are new."""

from typing import Any

from core.accounts.lockout import LockingBackend
from core.models import User
from core.rights.waiting import waits_until


def moves_money(right: str) -> bool:
    """Whether a right (`app.verb_model`) is a verb of money: everything about subsidies but to look."""
    return right.startswith("subsidies.") and not right.startswith("subsidies.view_")


class RightsBackend(LockingBackend):
    """The one door of every page, button and action: what waits is not there yet."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The rights this person has now, asked once a request."""
        if not hasattr(user_obj, "_rights_now") or obj is not None:
            rights = set(super().get_all_permissions(user_obj, obj))
            if any(map(moves_money, rights)) and isinstance(user_obj, User) and waits_until(user_obj):
                rights = {each for each in rights if not moves_money(each)}
            if obj is not None:
                return rights
            user_obj._rights_now = rights  # noqa: SLF001 - beside Django's own cache of the same
        found: set[str] = user_obj._rights_now  # noqa: SLF001 - itself, as Django hands out its own: a page asks a hundred times
        return found
