"""From where somebody is logged in, for how long, and ending that."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from core.accounts.browsers import in_words
from core.accounts.devices import known_device, remember
from core.accounts.session_store import ADDRESS, BEGUN, BROWSER, DEVICE, SEEN, digest
from core.audit.client_address import client_address
from core.audit.record import Action, record
from core.models import KnownDevice, Session, User

SHIFT = "shift"
_HOUR = 60 * 60


def begin(user: User, request: HttpRequest, *, now: datetime) -> None:
    """Write down in the new session when, where and on what it began."""
    request.session.update(
        {
            BEGUN: now.timestamp(),
            SEEN: now.timestamp(),
            BROWSER: in_words(request.headers.get("User-Agent", "")),
            ADDRESS: client_address(request).partition("/")[0],
        }
    )


def know_device(user: User, request: HttpRequest, *, now: datetime) -> None:
    """The log-in is complete: the device is known from now on; one that was known before is where a shift is worked."""
    before = known_device(user.username, request, now=now)
    request.session[SHIFT] = before is not None
    request.session[DEVICE] = remember(user, request, now=now).pk


def seconds_of(user: User, session: SessionBase) -> tuple[int, int]:
    """How long this session lasts without a request, and in the whole."""
    if session.get(SHIFT) and not user.is_of_office:
        return settings.SHOP_IDLE_SECONDS, int(settings.SHOP_SESSION_HOURS * _HOUR)
    return settings.IDLE_SECONDS, int(settings.SESSION_HOURS * _HOUR)


def is_over(session: SessionBase, user: User, *, now: datetime) -> bool:
    """Whether it has lasted as long as one may, however busy."""
    _idle, whole = seconds_of(user, session)
    return now.timestamp() - float(session.get(BEGUN, now.timestamp())) >= whole


def sessions_of(user: User, *, now: datetime) -> QuerySet[Session]:
    """Where this person is logged in, the latest first."""
    return Session.objects.filter(user=user, expire_date__gt=now).order_by("-seen_at", "-begun_at")


def devices_of(user: User) -> QuerySet[KnownDevice]:
    """On what this person logged in before."""
    return KnownDevice.objects.filter(user=user).order_by("-seen_at", "-pk")


def end_session(user: User, row: str, *, by: User) -> bool:
    """End one session of this person, named by its row; False where there is none."""
    return _end(Session.objects.filter(user=user, session_key=row), user, by, {}) > 0


def end_others(user: User, key: str | None, *, by: User) -> int:
    """End all but the session of that key; how many."""
    return _end(Session.objects.filter(user=user).exclude(session_key=digest(key)), user, by, {})


def end_all(user: User, *, by: User, note: str) -> int:
    """End every session of this person and forget the devices: whoever sits there logs in as a stranger. How many."""
    with transaction.atomic():
        ended = _end(Session.objects.filter(user=user), user, by, {"note": note})
        KnownDevice.objects.filter(user=user).delete()
    return ended


def forget_device(user: User, pk: int, *, by: User) -> bool:
    """Know one device of this person no more; who is logged in there is out. False where there is none."""
    with transaction.atomic():
        device = KnownDevice.objects.select_for_update().filter(user=user, pk=pk).first()
        if device is None:
            return False
        _end(Session.objects.filter(user=user, device=device), user, by, {"step": "device"})
        device.delete()
    return True


def forget_expired(*, now: datetime) -> int:
    """Delete the rows that nobody can use any more; how many."""
    count, _rows = Session.objects.filter(expire_date__lte=now).delete()
    return count


def _end(rows: QuerySet[Session], user: User, by: User, detail: dict[str, Any]) -> int:
    with transaction.atomic():
        count, _rows = rows.delete()
        if count or detail:
            told = {"verb": "end_sessions", "sessions": count, **detail}
            record(Action.LOGOUT, by=by, of=user, detail=told)
    return count
