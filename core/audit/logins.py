"""Logins are written down as Django announces them, at whatever form."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from django.utils import timezone

from core.accounts.lockout import locked_until
from core.accounts.second_factor import is_needed
from core.accounts.sessions import begin as begin_session
from core.accounts.sessions import know_device
from core.audit.origin import tell, tell_new_connection
from core.audit.proof import prove_connection
from core.audit.record import Action, record
from core.models import User


def _logged_in(sender: object, request: HttpRequest, user: User, **_: Any) -> None:
    now = timezone.now()
    begin_session(user, request, now=now)
    if not is_needed(user):
        know_device(user, request, now=now)
    record(Action.LOGIN, by=user, of=user)
    tell()


def _logged_out(sender: object, request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        record(Action.LOGOUT, by=user, of=user)


def _login_failed(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Whose account it is, where there is one: what was typed may be a password in the wrong field, and is not kept."""
    now, username = timezone.now(), str(credentials.get("username", ""))
    account = User.objects.filter(username=username).first()
    locked = locked_until(username, request, now=now) is not None
    record(
        Action.LOGIN_FAILED,
        by=None,
        of=account or User,
        detail={"step": "password", "locked": locked},
    )


def begin() -> None:
    """Listen."""
    user_logged_in.connect(_logged_in, dispatch_uid="core.audit.logins")
    user_logged_out.connect(_logged_out, dispatch_uid="core.audit.logins")
    user_login_failed.connect(_login_failed, dispatch_uid="core.audit.logins")
    connection_created.connect(prove_connection, dispatch_uid="core.audit.proof")
    connection_created.connect(tell_new_connection, dispatch_uid="core.audit.logins")
