"""Personal data at rest: sealed with authenticated encryption, found again through a keyed blind index.

A sealed value is `key id (1 byte) | nonce (12) | ciphertext | tag (16)`. The key id says which key and which cipher
(SM4-GCM, GB/T 32907, or AES-256-GCM) opens it, so keys rotate without a flag day: the first of `FIELD_KEYS` seals,
every listed one opens, and `manage.py rotate_keys` moves old rows to the first. The blind index (HMAC-SM3,
GB/T 32905) has a key of its own and answers only "is it the same value?".
"""

import base64
import binascii
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

NONCE, TAG, INDEX_KEY_BYTES = 12, 16, 32


class UnreadableSecret(Exception):
    """A sealed value that no configured key opens: the key is missing or the bytes were changed."""


class AeadCipher(Protocol):
    """What a key must do; `cryptography`'s AESGCM has this shape already."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


class Sm4Gcm:
    """SM4 in GCM mode behind the AEAD interface."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, data[-TAG:])).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(data[:-TAG]) + decryptor.finalize()


CIPHERS: dict[str, tuple[type[Sm4Gcm] | type[AESGCM], int]] = {"sm4": (Sm4Gcm, 16), "aes": (AESGCM, 32)}


@dataclass(frozen=True)
class KeyRing:
    """The configured keys by id; `current` seals."""

    current: int
    keys: dict[int, AeadCipher]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:cipher:base64,…`. Raises ImproperlyConfigured where it cannot be read."""
        keys: dict[int, AeadCipher] = {}
        for part in filter(None, (p.strip() for p in text.split(","))):
            try:
                number, cipher, encoded = part.split(":")
                kind, length = CIPHERS[cipher]
                key = base64.b64decode(encoded, validate=True)
                if len(key) != length or not 0 < int(number) < 256 or int(number) in keys:
                    raise ValueError
            except (ValueError, KeyError, binascii.Error):
                raise ImproperlyConfigured(
                    "FIELD_KEYS must read 'id:cipher:base64,…' with distinct ids 1-255, sm4 (16 bytes) or aes (32 bytes)"
                ) from None
            keys[int(number)] = kind(key)
        if not keys:
            raise ImproperlyConfigured("FIELD_KEYS is empty")
        return cls(current=next(iter(keys)), keys=keys)


@cache
def key_ring() -> KeyRing:
    """The ring of `settings.FIELD_KEYS`; tests that change it call `key_ring.cache_clear()`."""
    return KeyRing.parse(settings.FIELD_KEYS)


@cache
def index_key() -> hmac.HMAC:
    """The keyed digest that every blind index starts from. Raises ImproperlyConfigured for a key of another length."""
    try:
        key = base64.b64decode(settings.INDEX_KEY, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != INDEX_KEY_BYTES:
        raise ImproperlyConfigured(f"INDEX_KEY must be {INDEX_KEY_BYTES} bytes in base64")
    return hmac.HMAC(key, hashes.SM3())


def seal(text: str, *, context: str) -> bytes:
    """Encrypt `text`; `context` (which field it is) is authenticated, so a value cannot be moved to another field."""
    return seal_bytes(text.encode(), context=context)


def unseal(sealed: bytes, *, context: str) -> str:
    """Decrypt what `seal` made. Raises UnreadableSecret."""
    return unseal_bytes(sealed, context=context).decode()


def seal_bytes(data: bytes, *, context: str) -> bytes:
    """The same for what is not text, such as a photo."""
    ring = key_ring()
    nonce = os.urandom(NONCE)
    return bytes((ring.current,)) + nonce + ring.keys[ring.current].encrypt(nonce, data, context.encode())


def unseal_bytes(sealed: bytes, *, context: str) -> bytes:
    """Decrypt what `seal_bytes` made. Raises UnreadableSecret."""
    key = key_ring().keys.get(sealed[0]) if sealed else None
    if key is None:
        raise UnreadableSecret("no configured key opens this value")
    try:
        return key.decrypt(sealed[1 : NONCE + 1], sealed[NONCE + 1 :], context.encode())
    except (InvalidTag, ValueError):
        raise UnreadableSecret("the sealed value was changed") from None


def blind_index(value: str, *, context: str) -> bytes:
    """A keyed digest (16 bytes) of `value`: equal values of one context give equal bytes, nothing else can be read."""
    digest = index_key().copy()
    digest.update(f"{context}\x1f{value}".encode())
    return digest.finalize()[:16]


if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
else:
    _BinaryField = models.BinaryField


class SealedField(_BinaryField):
    """A text that rests encrypted. Python sees `str`; the column holds `bytea`. It cannot be searched: use the index."""

    @property
    def context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        sealed = (
            value if value is None or isinstance(value, bytes) else seal(str(value), context=self.context)
        )
        return super().get_prep_value(sealed)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else unseal(bytes(value), context=self.context)

    def to_python(self, value: Any) -> Any:
        return value
