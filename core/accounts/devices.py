"""Devices on which somebody logged in before: a long-lived cookie, good for nothing but not to be taken for a stranger."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.accounts.browsers import in_words
from core.models import KnownDevice, User
from core.privacy.sealing import fingerprint

COOKIE = "device"
_SALT = "core.accounts.devices"
_TOKEN_BYTES = 32
MOST = 20  # devices of one person; the one not used for longest is forgotten


def known_device(username: str, request: HttpRequest | None, *, now: datetime) -> KnownDevice | None:
    """The device that asks, if this person logged in on it within `settings.DEVICE_DAYS`."""
    token = _token(request)
    if not token:
        return None
    rows = KnownDevice.objects.filter(digest=_digest(token), seen_at__gt=now - _kept())
    return rows.filter(user__username=username).first()


def digest_of_device(request: HttpRequest) -> bytes | None:
    """What the browser that asks is recognised by, whoever is logged in on it; None where it never was a known device."""
    token = _token(request)
    return _digest(token) if token else None


def remember(user: User, request: HttpRequest, *, now: datetime) -> KnownDevice:
    """This person logged in completely here: the device is known from now on. `give_cookie` sends what it is known by."""
    token = _token(request) or secrets.token_urlsafe(_TOKEN_BYTES)
    request.device_token = token  # type: ignore[attr-defined]
    words = in_words(request.headers.get("User-Agent", ""))
    device, _made = KnownDevice.objects.update_or_create(
        user=user,
        digest=_digest(token),
        defaults={"seen_at": now, "browser": words},
        create_defaults={"seen_at": now, "made_at": now, "browser": words},
    )
    kept = KnownDevice.objects.filter(user=user).order_by("-seen_at", "-pk").values("pk")[:MOST]
    KnownDevice.objects.filter(user=user).exclude(pk__in=kept).delete()
    return device


def give_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Send the cookie, where the device has just become known."""
    if token := getattr(request, "device_token", None):
        response.set_signed_cookie(
            COOKIE,
            token,
            salt=_SALT,
            max_age=_kept(),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _token(request: HttpRequest | None) -> str:
    if request is None:
        return ""
    return str(request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=_kept()))


def _kept() -> timedelta:
    """For how long a device is known after a log-in."""
    return timedelta(days=settings.DEVICE_DAYS)


def _digest(token: str) -> bytes:
    return fingerprint(token, context="core.knowndevice")
