"""Five wrong passwords lock a user name for half an hour, at every form that logs somebody in.

Counted per user name, and per user name and address too: a log-in by the real person starts the former anew, but not
what somebody tries from elsewhere. Names without an account are counted and answered alike.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from unfold.forms import AuthenticationForm as StaffAuthenticationForm

from core.accounts.throttle import Rule, TooMany, blocked_until, count_attempt, forget, minutes_until
from core.audit.client_address import client_address
from core.models import User

LOGIN = Rule("login", limit=5, period=timedelta(minutes=30))


def _keys(username: str, request: HttpRequest | None) -> list[bytes]:
    return [LOGIN.key(username), LOGIN.key(username, client_address(request))]


def locked_until(username: str, request: HttpRequest | None, *, now: datetime) -> datetime | None:
    """When this name may be tried again from there; None where it may be now."""
    return blocked_until(LOGIN, _keys(username, request), now=now)


class LockingBackend(ModelBackend):
    """Django's own, asked no more once a name is locked: then not even the right password opens, nor is it hashed."""

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
        keys = _keys(username, request)
        try:
            count_attempt(LOGIN, keys, now=timezone.now())
        except TooMany:
            raise PermissionDenied from None
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if not isinstance(user, User):
            return None
        forget(keys)
        return user


class LoginForm(AuthenticationForm):
    """The site's log-in form. It says that a name is locked, and for how long."""

    def get_invalid_login_error(self) -> ValidationError:
        now = timezone.now()
        until = locked_until(self.cleaned_data.get("username", ""), self.request, now=now)
        if until is None:
            return super().get_invalid_login_error()
        minutes = minutes_until(until, now=now)
        sentence = ngettext(
            "密码连续输错，账号已锁定，请 %(minutes)s 分钟后再试。",
            "密码连续输错，账号已锁定，请 %(minutes)s 分钟后再试。",
            minutes,
        )
        return ValidationError(sentence % {"minutes": minutes}, code="locked")


class StaffLoginForm(LoginForm, StaffAuthenticationForm):  # type: ignore[misc]
    """The admin's."""
