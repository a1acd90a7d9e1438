"""Letting somebody try again at once: what was counted under the name is forgotten, from wherever it was tried."""

from django.db.models import Q

from core.accounts import lockout, own_password, second_factor
from core.accounts.throttle import forget, forget_about
from core.models import Throttle, User


def forget_wrong_tries(user: User) -> None:
    """Forget wrong passwords and codes of this person. It opens nothing: both are asked for as before."""
    forget_about(lockout.about(user.username))
    forget_about(second_factor.about(user))
    forget([own_password.OWN.key(str(user.pk))])


def is_counted(user: User) -> bool:
    """Whether something wrong was tried lately for this person."""
    about = [lockout.about(user.username), second_factor.about(user)]
    own = own_password.OWN.key(str(user.pk))
    return Throttle.objects.filter(Q(about__in=about) | Q(key=own)).exists()
