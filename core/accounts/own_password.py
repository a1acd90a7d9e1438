"""Asking for one's password once more: it is counted like a guess, since a session left open is not the person."""

from datetime import datetime, timedelta

from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from core.accounts.hashing import Busy
from core.accounts.throttle import Rule, TooMany, count_attempt, forget, minutes_until, take_back
from core.audit.record import Action, record
from core.models import User

OWN = Rule("own-password", limit=5, period=timedelta(minutes=30))


class WrongPassword(Exception):
    """Not this person's."""


@sensitive_variables("password")
def check(user: User, password: str, *, now: datetime) -> None:
    """Raises WrongPassword, TooMany: then it is not even hashed."""
    keys = [OWN.key(str(user.pk))]
    count_attempt(OWN, keys, now=now)
    try:
        right = user.check_password(password)
    except Busy:
        take_back(keys, now=now)
        raise
    if not right:
        record(Action.LOGIN_FAILED, by=user, of=user, detail={"step": "own_password"})
        raise WrongPassword
    forget(keys)


def wait(refused: TooMany, *, now: datetime) -> str:
    """How long one has to wait, in a sentence."""
    minutes = minutes_until(refused.until, now=now)
    sentence = ngettext(
        "密码连续输错，请 %(minutes)s 分钟后再试。", "密码连续输错，请 %(minutes)s 分钟后再试。", minutes
    )
    return sentence % {"minutes": minutes}
