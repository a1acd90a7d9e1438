"""Keys behind a token or HSM that speaks PKCS#11: `KEY_PROVIDER=core.keys.pkcs11.unwrapped`.

The settings hold each key wrapped (AES-GCM, the setting's name authenticated) by a key that never leaves the token; it is
asked once a process and setting. `manage.py wrap_keys` makes the wrapped forms. `PKCS11_MODULE` is the token's library,
`PKCS11_TOKEN` its label, `PKCS11_PIN` opens it, `PKCS11_KEY` is the label of the AES-256 key in it.
"""

import base64
import binascii
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.keys.provider import configured

WRAPPED = "wrapped:"
KEYS = ("FIELD_KEYS", "INDEX_KEYS", "DECISION_KEYS", "NUMBER_KEY", "SIGNING_KEYS")
_NONCE, _TAG_BITS = 12, 128


def unwrapped(name: str) -> str:
    """The key in clear, opened by the token. Raises ImproperlyConfigured where it is not wrapped, or not by this token."""
    return _opened(name, configured(name))


@cache
def _opened(name: str, text: str) -> str:
    if not text.startswith(WRAPPED):
        raise ImproperlyConfigured(f"{name} is not wrapped: see manage.py wrap_keys")
    with _wrapping_key() as (key, mechanism, params):
        try:
            kept = base64.b64decode(text.removeprefix(WRAPPED), validate=True)
            opened = key.decrypt(
                kept[_NONCE:],
                mechanism=mechanism,
                mechanism_param=params(kept[:_NONCE], name.encode(), _TAG_BITS),
            )
        except (binascii.Error, _error()) as error:
            raise ImproperlyConfigured(
                f"{name} cannot be opened by the token {settings.PKCS11_TOKEN}"
            ) from error
    return bytes(opened).decode()


def wrapped(name: str, text: str) -> str:
    """What stands in the settings instead of a key. Raises ImproperlyConfigured."""
    nonce = os.urandom(_NONCE)
    with _wrapping_key() as (key, mechanism, params):
        sealed = key.encrypt(
            text.encode(), mechanism=mechanism, mechanism_param=params(nonce, name.encode(), _TAG_BITS)
        )
    return WRAPPED + base64.b64encode(nonce + bytes(sealed)).decode()


def _error() -> type[Exception]:
    import pkcs11  # noqa: PLC0415 - of the group `token`, where an office has one

    error: type[Exception] = pkcs11.PKCS11Error
    return error


@contextmanager
def _wrapping_key() -> Iterator[tuple[Any, Any, Any]]:
    """The token's key, the mechanism, and what makes its parameters. Raises ImproperlyConfigured in one sentence."""
    try:
        import pkcs11  # noqa: PLC0415 - likewise
    except ImportError:
        raise ImproperlyConfigured(
            "python-pkcs11 is not installed: the group `token` of pyproject.toml"
        ) from None
    try:
        token = pkcs11.lib(settings.PKCS11_MODULE).get_token(token_label=settings.PKCS11_TOKEN)
        with token.open(user_pin=settings.PKCS11_PIN) as session:
            kind = pkcs11.KeyType.AES
            key = session.get_key(
                key_type=kind, object_class=pkcs11.ObjectClass.SECRET_KEY, label=settings.PKCS11_KEY
            )
            yield key, pkcs11.Mechanism.AES_GCM, pkcs11.GCMParams
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        told = f"the token {settings.PKCS11_TOKEN} cannot be used: {type(error).__name__}"
        raise ImproperlyConfigured(told) from error
