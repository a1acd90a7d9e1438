"""Guessing passwords costs time, and costs it whoever guesses: nobody can keep a colleague out by trying his name.

- Five wrong ones from one address lock that name for that address, for half an hour.
- Under one name from many addresses, each further one waits longer, a minute at most.
- From one address under many names, it is over after a number, for half an hour.
- A device on which this person logged in before is counted alone, by a lock of its own, and waits for none of these.

Names without an account are counted and answered alike.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.debug import sensitive_variables
from unfold.forms import AuthenticationForm as StaffAuthenticationForm

from core.accounts.devices import known_device
from core.accounts.hashing import Busy
from core.accounts.networks import may_be_staff
from core.accounts.throttle import Rule, Tally, TooMany, blocked, count_all, forget, minutes_until, take_back
from core.audit.client_address import client_address
from core.models import User

PERIOD = timedelta(minutes=30)
PAIR = Rule("login-pair", limit=5, period=PERIOD)
NAME = Rule(
    "login-name", 10, timedelta(hours=1), first_wait=timedelta(seconds=1), longest_wait=timedelta(minutes=1)
)


def about(username: str) -> bytes:
    """Under what everything is counted that was tried with this name."""
    return NAME.key(username)


def tallies(username: str, request: HttpRequest | None, *, now: datetime) -> list[Tally]:
    """What counts an attempt: of a device that is known, its own lock alone."""
    name = about(username)
    if device := known_device(username, request, now=now):
        return [Tally(PAIR, [PAIR.key(username, "device", str(device.pk))], name)]
    address = client_address(request)
    spraying = Rule("login-address", limit=settings.LOGIN_ADDRESS_LIMIT, period=PERIOD)
    counted = [Tally(NAME, [name], name), Tally(PAIR, [PAIR.key(username, address)], name)]
    return [Tally(spraying, [spraying.key(address)]), *counted] if address else counted


def locked_until(username: str, request: HttpRequest | None, *, now: datetime) -> datetime | None:
    """When this name may be tried again from there; None where it may be now."""
    return blocked(tallies(username, request, now=now), now=now)


class LockingBackend(ModelBackend):
    """Django's own, asked no more once it is too often: then not even the right password opens, nor is it hashed."""

    @sensitive_variables("password")
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        now = timezone.now()
        counted = tallies(username, request, now=now)
        try:
            count_all(counted, now=now)
            user = super().authenticate(request, username=username, password=password, **kwargs)
        except TooMany:
            raise PermissionDenied from None
        except Busy:
            _take_back(counted, now)
            raise
        if not isinstance(user, User) or not _may_come(user, request):
            return None
        _take_back(counted, now)
        return user


def _may_come(user: User, request: HttpRequest | None) -> bool:
    """Staff from elsewhere are told what everybody is told there: that the password was right is not said."""
    return may_be_staff(request) or not user.is_of_office


def _take_back(counted: Sequence[Tally], now: datetime) -> None:
    """This one was right: of the name and the address it does not count, what others tried does; the pair starts anew."""
    for each in counted:
        if each.rule is PAIR:
            forget(each.keys)
        else:
            take_back(each.keys, now=now)


class LoginForm(AuthenticationForm):
    """The site's log-in form. It says that one has to wait, and for how long."""

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except Busy:
            raise ValidationError(gettext("登录的人较多，请稍等几秒再登录一次。"), code="busy") from None

    def get_invalid_login_error(self) -> ValidationError:
        now = timezone.now()
        until = locked_until(self.cleaned_data.get("username", ""), self.request, now=now)
        if until is not None:
            return _wait(until, now=now)
        if may_be_staff(self.request):
            return super().get_invalid_login_error()
        message = gettext("用户名或密码不正确。工作人员的账号只能在单位指定的网络登录。")
        return ValidationError(message, code="invalid_login")


def _wait(until: datetime, *, now: datetime) -> ValidationError:
    seconds = max(1, round((until - now).total_seconds()))
    if seconds < 60:
        sentence = ngettext(
            "尝试过于频繁，请 %(seconds)s 秒后再试。", "尝试过于频繁，请 %(seconds)s 秒后再试。", seconds
        )
        return ValidationError(sentence % {"seconds": seconds}, code="locked")
    minutes = minutes_until(until, now=now)
    sentence = ngettext(
        "密码连续输错，从这里登录已暂停，请 %(minutes)s 分钟后再试。",
        "密码连续输错，从这里登录已暂停，请 %(minutes)s 分钟后再试。",
        minutes,
    )
    return ValidationError(sentence % {"minutes": minutes}, code="locked")


class StaffLoginForm(LoginForm, StaffAuthenticationForm):  # type: ignore[misc]
    """The admin's."""
