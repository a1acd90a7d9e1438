"""The keys of this installation as they are used: rings of versions, so that each can change while the old one still opens.

`FIELD_KEYS` seals, `INDEX_KEYS` finds people again, `DECISION_KEYS` marks what was decided, `NUMBER_KEY` derives
numbers and fingerprints that are never computed anew: it stays for good, and tells nothing of a person by itself.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver

from core.keys.provider import key_text

TAG, MAC_KEY_BYTES = 16, 32


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


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A way to seal: its number stands in every sealed value, so that another one can take over."""

    number: int
    kind: type[Sm4Gcm] | type[AESGCM]
    key_bytes: int


ALGORITHMS = {"sm4": Algorithm(1, Sm4Gcm, 16), "aes": Algorithm(2, AESGCM, 32)}


@dataclass(frozen=True, slots=True)
class SealingKey:
    """One key of the ring. `header`: what a value sealed by it begins with, algorithm and key id."""

    header: bytes
    cipher: AeadCipher
    check: bytes = field(repr=False)  # see `check_value`


@dataclass(frozen=True)
class KeyRing:
    """The configured keys by id; `current` seals."""

    current: int
    keys: Mapping[int, SealingKey]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:cipher:base64,…`. Raises ImproperlyConfigured where it cannot be read."""
        keys: dict[int, SealingKey] = {}
        for part in _parts(text):
            try:
                number, cipher, encoded = part.split(":")
                algorithm = ALGORITHMS[cipher]
                key = _bytes(encoded, algorithm.key_bytes)
                keys[_new_id(number, keys)] = SealingKey(
                    bytes((algorithm.number, int(number))), algorithm.kind(key), check_value(key)
                )
            except (ValueError, KeyError):
                raise ImproperlyConfigured(
                    "FIELD_KEYS must read 'id:cipher:base64,…' with distinct ids 1-255, sm4 (16 bytes) or aes (32 bytes)"
                ) from None
        if not keys:
            raise ImproperlyConfigured("FIELD_KEYS is empty")
        return cls(current=next(iter(keys)), keys=keys)


@dataclass(frozen=True)
class MacRing:
    """The versions of a key of keyed digests; `current` computes what is written (and looked for, of the index)."""

    current: int
    macs: Mapping[int, hmac.HMAC]
    checks: Mapping[int, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str, name: str = "INDEX_KEYS") -> "MacRing":
        """Read `version:base64,…`, the text of the setting `name`. Raises ImproperlyConfigured where it cannot be read."""
        macs: dict[int, hmac.HMAC] = {}
        checks: dict[int, bytes] = {}
        for part in _parts(text):
            try:
                number, encoded = part.split(":")
                key = _bytes(encoded, MAC_KEY_BYTES)
                macs[_new_id(number, macs)] = hmac.HMAC(key, hashes.SM3())
                checks[int(number)] = check_value(key)
            except ValueError:
                raise ImproperlyConfigured(
                    f"{name} must read 'version:base64,…' with distinct versions 1-255 of {MAC_KEY_BYTES} bytes"
                ) from None
        if not macs:
            raise ImproperlyConfigured(f"{name} is empty")
        return cls(current=next(iter(macs)), macs=macs, checks=checks)


def check_value(key: bytes) -> bytes:
    """By what a key is recognised without being told (KCV): 8 bytes that only this key gives, and that give nothing away."""
    digest = hmac.HMAC(key, hashes.SM3())
    digest.update(b"key check value")
    return digest.finalize()[:8]


# Read once: a process asks some millions of times, and keys change with a restart.


@cache
def key_ring() -> KeyRing:
    """The ring of `FIELD_KEYS`. Raises ImproperlyConfigured."""
    return KeyRing.parse(key_text("FIELD_KEYS"))


@cache
def index_ring() -> MacRing:
    """The ring of `INDEX_KEYS`. Raises ImproperlyConfigured."""
    return MacRing.parse(key_text("INDEX_KEYS"))


@cache
def decision_ring() -> MacRing:
    """The ring of `DECISION_KEYS`: all of them prove marks. Raises ImproperlyConfigured."""
    return MacRing.parse(key_text("DECISION_KEYS"), "DECISION_KEYS")


def number_mac() -> hmac.HMAC:
    """The keyed digest that numbers and fingerprints start from. Raises ImproperlyConfigured."""
    return _number_key()[0]


def number_check() -> bytes:
    """The check value of `NUMBER_KEY`. Raises ImproperlyConfigured."""
    return _number_key()[1]


@cache
def _number_key() -> tuple[hmac.HMAC, bytes]:
    try:
        key = _bytes(key_text("NUMBER_KEY"), MAC_KEY_BYTES)
    except ValueError:
        raise ImproperlyConfigured(f"NUMBER_KEY must be {MAC_KEY_BYTES} bytes in base64") from None
    return hmac.HMAC(key, hashes.SM3()), check_value(key)


@receiver(setting_changed)
def _read_anew(*, setting: str, **_: object) -> None:
    """Settings change in tests alone."""
    if setting in ("FIELD_KEYS", "INDEX_KEYS", "DECISION_KEYS", "NUMBER_KEY", "KEY_PROVIDER"):
        for each in (key_ring, index_ring, decision_ring, _number_key):
            each.cache_clear()


def _parts(text: str) -> list[str]:
    return [part for part in (each.strip() for each in text.split(",")) if part]


def _new_id(number: str, known: Mapping[int, object]) -> int:
    """Raises ValueError for what is no id from 1 to 255, or is there already."""
    if not 0 < int(number) < 256 or int(number) in known:
        raise ValueError
    return int(number)


def _bytes(encoded: str, length: int) -> bytes:
    """Raises ValueError."""
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError from None
    if len(key) != length:
        raise ValueError
    return key
