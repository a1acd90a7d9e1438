"""The second factor, of staff and of the owners of shops: one-time codes of a device (RFC 6238), with ten codes for when
it is lost, or passkeys (`passkeys.py`).

Wrong codes lock for half an hour. They are counted apart from wrong passwords: a right password starts those anew, and
who guesses codes has it.
"""

import base64
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django_otp.oath import TOTP

from core.accounts.throttle import Rule, Tally, count_all, forget
from core.audit.record import Action, record
from core.models import Passkey, RecoveryCode, SecondFactor, User
from core.privacy.sealing import UnreadableSecret, fingerprint, place, seal, unseal

CODES = Rule("second-factor", limit=5, period=timedelta(minutes=30))
STEP = 30  # seconds
TOLERANCE = 1  # steps that a device's clock may be off, either way
DIGITS = 6
SECRET_BYTES = 20
RECOVERY_CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread
_SHOWN, _PENDING = "second_factor", "second_factor_pending"
_PENDING_CONTEXT = "core.secondfactor.pending"


class WrongCode(Exception):
    """Not a code of this person's device or list, or one that was used."""


class AlreadyEnrolled(Exception):
    """This person has a device for codes, or has a second factor that this session has not shown."""


_owners: list[
    Callable[[User], bool]
] = []  # who beside staff has one: what other apps know of a person, they say


def asked_of(owns: Callable[[User], bool]) -> None:
    """From now on the second factor is for those, too, of whom this says so."""
    _owners.append(owns)


def may_have(user: User) -> bool:
    """Whether there is a second factor for this person: for staff, and for owners of shops."""
    return user.is_of_office or any(owns(user) for owns in _owners)


def is_needed(user: User) -> bool:
    """Whether this person may do nothing without it."""
    if user.is_of_office:
        return settings.STAFF_TWO_FACTOR
    return settings.OWNER_TWO_FACTOR and any(owns(user) for owns in _owners)


def has_shown(session: SessionBase, user: User) -> bool:
    """Whether this session has shown a second factor that the person still has."""
    kind, _dash, pk = str(session.get(_SHOWN, "")).partition("-")
    model = {"codes": SecondFactor, "passkey": Passkey}.get(kind)
    return model is not None and pk.isdecimal() and model._default_manager.filter(user=user, pk=pk).exists()


def has_codes(user: User) -> bool:
    """Whether this person has a device for codes."""
    return SecondFactor.objects.filter(user=user).exists()


def is_enrolled(user: User) -> bool:
    """Whether this person has a second factor of either kind."""
    return has_codes(user) or Passkey.objects.filter(user=user).exists()


def may_add(session: SessionBase, user: User) -> bool:
    """Whether this session may set one up: the first, or one more where it has shown one. The password alone adds none."""
    return has_shown(session, user) or not is_enrolled(user)


def pending_secret(session: SessionBase) -> str:
    """The secret (base32) that is offered in this session: nobody who logs in elsewhere is shown the same."""
    whose = place(_PENDING_CONTEXT, session.get(SESSION_KEY, ""))
    with suppress(KeyError, UnreadableSecret):  # of a key that is gone: another one is offered
        return unseal(base64.b64decode(session[_PENDING]), context=whose)
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
    session[_PENDING] = base64.b64encode(seal(secret, context=whose)).decode()
    return secret


def provisioning_uri(user: User, secret: str) -> str:
    """What the QR code says to an authenticator app."""
    issuer = _("拱墅区电动自行车补贴")
    label = quote(f"{issuer}:{user.get_username()}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


@sensitive_variables("code")
def enrol(*, user: User, session: SessionBase, code: str, address: str, now: datetime) -> tuple[str, ...]:
    """Take the offered secret, proved by its first code. Returns the recovery codes: they are not kept in clear.

    Raises AlreadyEnrolled, WrongCode, TooMany.
    """
    if has_codes(user) or not may_add(session, user):
        raise AlreadyEnrolled
    secret, keys = pending_secret(session), count_try(user, address, now=now)
    step = _step_of(secret, _plain(code), after=0, now=now)
    if step is None:
        raise WrongCode
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)  # of two that set up the first, one
            if not may_add(session, user):
                raise AlreadyEnrolled
            factor = SecondFactor.objects.create(user=user, secret=secret, last_step=step, confirmed_at=now)
            codes = _new_recovery_codes(factor)
    except IntegrityError:
        raise AlreadyEnrolled from None
    forget(keys)
    remember_shown(session, factor)
    return codes


@sensitive_variables("code")
def show(*, user: User, session: SessionBase, code: str, address: str, now: datetime) -> SecondFactor:
    """Take a code of the device, or a recovery code, once; whose it was. Raises WrongCode, TooMany."""
    keys = count_try(user, address, now=now)
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None or not (_take_code(factor, code, now) or _take_recovery_code(factor, code, now)):
        record(Action.LOGIN_FAILED, by=user, of=user, detail={"step": "code"}, address=address)
        raise WrongCode
    record(Action.LOGIN, by=user, of=user, detail={"step": "code"}, address=address)
    forget(keys)
    remember_shown(session, factor)
    return factor


def recovery_codes_left(user: User) -> int:
    """How many are not used yet."""
    return RecoveryCode.objects.filter(factor__user=user, used_at=None).count()


def reset(user: User) -> bool:
    """Forget the person's devices, codes and passkeys; every session of theirs ends. False where there was none."""
    with transaction.atomic():
        codes, _rows = SecondFactor.objects.filter(user=user).delete()
        keys, _rows = Passkey.objects.filter(user=user).delete()
    return codes + keys > 0


def about(user: User) -> bytes:
    """Under what everything is counted that was tried with this person's second factor."""
    return CODES.key(str(user.pk))


def count_try(user: User, address: str, *, now: datetime) -> list[bytes]:
    """Count a try before anybody looks whether it is right; under what: `forget` it when it was. Raises TooMany."""
    keys = [CODES.key(str(user.pk)), CODES.key(str(user.pk), address)]
    count_all([Tally(CODES, keys, about(user))], now=now)
    return keys


def remember_shown(session: SessionBase, factor: SecondFactor | Passkey) -> None:
    """This session has shown it."""
    session.pop(_PENDING, None)
    session.cycle_key()
    session[_SHOWN] = f"{'passkey' if isinstance(factor, Passkey) else 'codes'}-{factor.pk}"


def _plain(code: str) -> str:
    return "".join(each for each in code.upper() if each.isascii() and each.isalnum())


def _step_of(secret: str, code: str, *, after: int, now: datetime) -> int | None:
    """The step later than `after` whose code this is; None for none near `now`."""
    if len(code) != DIGITS or not code.isdecimal():
        return None
    totp = TOTP(base64.b32decode(secret), step=STEP, digits=DIGITS)
    totp.time = now.timestamp()
    return totp.t() if totp.verify(int(code), tolerance=TOLERANCE, min_t=after + 1) else None


def _take_code(factor: SecondFactor, code: str, now: datetime) -> bool:
    step = _step_of(factor.secret, _plain(code), after=factor.last_step, now=now)
    if step is None:
        return False
    newer = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)  # of two at once, one
    return newer.update(last_step=step) == 1


def _take_recovery_code(factor: SecondFactor, code: str, now: datetime) -> bool:
    unused = RecoveryCode.objects.filter(factor=factor, digest=_digest(factor, code), used_at=None)
    return unused.update(used_at=now) == 1


def _new_recovery_codes(factor: SecondFactor) -> tuple[str, ...]:
    codes: Sequence[str] = [_new_recovery_code() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes
    )
    return tuple(codes)


def _new_recovery_code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _place in range(5)) for _half in range(2))


def _digest(factor: SecondFactor, code: str) -> bytes:
    return fingerprint(f"{factor.user_id}\x1f{_plain(code)}", context="core.recoverycode")
