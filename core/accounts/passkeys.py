"""Passkeys (WebAuthn, level 2): making one, showing one, taking one away.

The authenticator must have seen that it is its person (fingerprint, face, PIN), the site's name and address are those of
the settings, each question is answered once, and a counter that does not grow gives a copy away.
"""

import base64
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.accounts import second_factor
from core.accounts.throttle import forget
from core.audit.record import Action, record
from core.models import Passkey, User
from core.privacy.sealing import UnreadableSecret
from core.privacy.unreadable import Unreadable

logger = logging.getLogger(__name__)
MOST = 10  # of one person
NAME_LENGTH = 40
_MAKING, _SHOWING = "passkey_making", "passkey_showing"
_VERIFIED = UserVerificationRequirement.REQUIRED


class RefusedPasskey(Exception):
    """Not an answer to this session's question, or not of a key of this person's."""


class CopiedPasskey(RefusedPasskey):
    """Its counter did not grow: two authenticators have the same key."""


class TooManyPasskeys(Exception):
    """This person has as many as one may."""


class LastFactor(Exception):
    """Without it this person could not log in any more."""


def question_to_make(user: User, session: SessionBase) -> str:
    """What the browser is asked for (JSON), for a key more. Raises AlreadyEnrolled where this session may add none."""
    if not second_factor.may_add(session, user):
        raise second_factor.AlreadyEnrolled
    entity = PublicKeyCredentialUserEntity(
        id=f"{user.pk}".encode(), name=user.get_username(), display_name=str(user)
    )
    options, state = _server().register_begin(
        entity,
        _credentials(user),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=_VERIFIED,
    )
    session[_MAKING] = state
    return json.dumps(dict(options.public_key))


def make(*, user: User, session: SessionBase, answer: Mapping[str, Any], name: str, now: datetime) -> Passkey:
    """Take a new key. Raises RefusedPasskey, TooManyPasskeys, AlreadyEnrolled."""
    made = _answered(session, _MAKING, lambda state: _server().register_complete(state, answer))
    data = made.credential_data
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)  # of two that set up the first, one
            if not second_factor.may_add(session, user):
                raise second_factor.AlreadyEnrolled
            if Passkey.objects.filter(user=user).count() >= MOST:
                raise TooManyPasskeys
            key = Passkey.objects.create(
                user=user,
                name=name,
                credential_id=data.credential_id,
                credential=base64.b64encode(bytes(data)).decode(),
                sign_count=made.counter,
                made_at=now,
            )
    except IntegrityError:
        raise RefusedPasskey from None  # it is somebody's already
    second_factor.remember_shown(session, key)
    return key


def question_to_show(user: User, session: SessionBase) -> str:
    """What the browser is asked for (JSON); empty for a person without any."""
    credentials = _credentials(user)
    if not credentials:
        return ""
    options, state = _server().authenticate_begin(credentials, user_verification=_VERIFIED)
    session[_SHOWING] = state
    return json.dumps(dict(options.public_key))


def show(
    *, user: User, session: SessionBase, answer: Mapping[str, Any], address: str, now: datetime
) -> Passkey:
    """Take the answer of one of this person's keys, once. Raises RefusedPasskey, CopiedPasskey, TooMany."""
    tried = second_factor.count_try(user, address, now=now)
    told: dict[str, Any] = {"step": "passkey"}
    try:
        key = _shown(user, session, answer, now)
    except RefusedPasskey as refused:
        told |= {"copied": True} if isinstance(refused, CopiedPasskey) else {}
        record(Action.LOGIN_FAILED, by=user, of=user, detail=told, address=address)
        raise
    record(Action.LOGIN, by=user, of=user, detail=told, address=address)
    forget(tried)
    second_factor.remember_shown(session, key)
    return key


def remove(*, user: User, pk: int) -> Passkey | None:
    """Take one away; None where there is none. Raises LastFactor."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        key = Passkey.objects.filter(user=user, pk=pk).first()
        others = Passkey.objects.filter(user=user).exclude(pk=pk)
        if (
            key
            and second_factor.is_needed(user)
            and not second_factor.has_codes(user)
            and not others.exists()
        ):
            raise LastFactor
        if key is not None:
            Passkey.objects.filter(pk=key.pk).delete()
    return key


def _shown(user: User, session: SessionBase, answer: Mapping[str, Any], now: datetime) -> Passkey:
    credentials = _credentials(user)

    def complete(state: Any) -> tuple[bytes, int]:
        data = AuthenticationResponse.from_dict(answer).response.authenticator_data
        return _server().authenticate_complete(state, credentials, answer).credential_id, data.counter

    credential_id, counter = _answered(session, _SHOWING, complete)
    key = Passkey.objects.get(user=user, credential_id=credential_id)
    rows = Passkey.objects.filter(pk=key.pk)
    if counter or key.sign_count:  # an authenticator that counts at all
        rows = rows.filter(sign_count__lt=counter)
    if not rows.update(sign_count=counter, used_at=now):
        raise CopiedPasskey
    return key


def _answered(session: SessionBase, which: str, complete: Any) -> Any:
    """What comes of the answer to the question that the session keeps, which is asked no second time."""
    state = session.pop(which, None)
    if state is None:
        raise RefusedPasskey
    try:
        return complete(state)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        AssertionError,
    ) as fault:  # whatever was sent
        raise RefusedPasskey from fault


def _credentials(user: User) -> list[AttestedCredentialData]:
    """Of the keys that this person made; one that was laid beside the name is none, and an alarm."""
    found = []
    for key in Passkey.objects.filter(user=user):
        with suppress(UnreadableSecret):
            made = key.credential
            if not isinstance(made, Unreadable):  # where a page only shows
                found.append(AttestedCredentialData(base64.b64decode(made)))
                continue
        logger.error("alarm: passkey %s was not made by the person whose it is", key.pk)
    return found


def _server() -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=settings.PASSKEY_DOMAIN, name=_("拱墅区电动自行车补贴"))
    return Fido2Server(entity, verify_origin=_is_ours)


def _is_ours(origin: str) -> bool:
    if settings.PASSKEY_ORIGINS or settings.PRODUCTION:
        return origin in settings.PASSKEY_ORIGINS
    parts = urlsplit(origin)  # a machine for trying things out, on whatever port
    return (parts.scheme, parts.hostname) == ("http", settings.PASSKEY_DOMAIN)
