"""Personal data at rest: sealed with authenticated encryption, found again through a keyed blind index.

A sealed value is `algorithm (1 byte) | key id (1) | nonce (12) | ciphertext | tag (16)`: SM4-GCM (GB/T 32907) or
AES-256-GCM, so keys and ciphers rotate without a flag day: the first of `FIELD_KEYS` seals, every listed one opens, and
`manage.py rotate_keys` moves old values to the first. Where a value belongs (table, column, record) is authenticated with
it: it opens nowhere else. The blind index (HMAC-SM3, GB/T 32905) begins with the version of its key, and answers only
"is it the same value?".
"""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from cryptography.exceptions import InvalidTag
from django.core.checks import CheckMessage, Error
from django.db import connections, models, router
from django.db.models.query_utils import DeferredAttribute

from core.keys.ring import index_ring, key_ring, number_mac
from core.privacy.unreadable import in_its_place, only_shown

logger = logging.getLogger(__name__)
HEADER, NONCE = 2, 12
KEY_ID = 1  # the place of the key's id in a sealed value


class UnreadableSecret(Exception):
    """A sealed value that no configured key opens here: the key is missing, the bytes were changed, or moved here."""


class SealedBytes(bytes):
    """A sealed value as it came from its column, not opened yet."""

    __slots__ = ()


def seal(text: str, *, context: str) -> bytes:
    """Encrypt `text`; `context` (where it belongs: see `place`) is authenticated, so a value cannot be moved."""
    return seal_bytes(text.encode(), context=context)


def unseal(sealed: bytes, *, context: str) -> str:
    """Decrypt what `seal` made. Raises UnreadableSecret."""
    return unseal_bytes(sealed, context=context).decode()


def unseal_to_show(sealed: bytes, *, context: str) -> str:
    """The same for whoever only shows it: what does not open is told by a word in its place, and an alarm."""
    try:
        return unseal(sealed, context=context)
    except UnreadableSecret:
        logger.error("alarm: %s does not open", context.replace("\x1f", " "))
        return in_its_place()


def seal_bytes(data: bytes, *, context: str) -> bytes:
    """The same for what is not text, such as a photo."""
    ring = key_ring()
    key, nonce = ring.keys[ring.current], os.urandom(NONCE)
    return key.header + nonce + key.cipher.encrypt(nonce, data, key.header + context.encode())


def unseal_bytes(sealed: bytes, *, context: str) -> bytes:
    """Decrypt what `seal_bytes` made. Raises UnreadableSecret."""
    header, nonce, rest = sealed[:HEADER], sealed[HEADER : HEADER + NONCE], sealed[HEADER + NONCE :]
    key = key_ring().keys.get(header[KEY_ID]) if len(header) == HEADER else None
    if key is None or key.header != header:
        raise UnreadableSecret("no configured key opens this value")
    try:
        return key.cipher.decrypt(nonce, rest, header + context.encode())
    except (InvalidTag, ValueError):
        raise UnreadableSecret("the sealed value was changed, or is not from here") from None


def place(column: str, *record: object) -> str:
    """A context: a column (`app.model.field`) and what identifies the record there."""
    return "\x1f".join((column, *map(str, record)))


def blind_index(value: str, *, context: str) -> bytes:
    """Version and keyed digest (16 bytes together): equal values of one context give equal bytes, nothing else can be read.

    For columns beside a sealed value: `manage.py rebuild_indexes` computes them anew. All else is a `fingerprint`.
    """
    ring = index_ring()
    digest = ring.macs[ring.current].copy()
    digest.update(f"{context}\x1f{value}".encode())
    return bytes((ring.current,)) + digest.finalize()[:15]


def fingerprint(value: str, *, context: str) -> bytes:
    """A keyed digest (16 bytes) that stays the same for good: of numbers given out, of contents, of codes."""
    digest = number_mac().copy()
    digest.update(f"{context}\x1f{value}".encode())
    return digest.finalize()[:16]


if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
    _BigAutoField = models.BigAutoField[Any, Any]
else:
    _BinaryField, _BigAutoField = models.BinaryField, models.BigAutoField


class DrawnIdField(_BigAutoField):
    """An id that is drawn from its sequence before the row is written: what is sealed in the row is bound to it."""

    def get_pk_value_on_save(self, instance: models.Model) -> Any:
        return draw_id(instance)


def draw_id(instance: models.Model) -> Any:
    """The next id, for a row that is not written yet."""
    meta = instance._meta
    with connections[router.db_for_write(type(instance))].cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", [meta.db_table, meta.pk.column])
        return cursor.fetchone()[0]


class Sealed(_BinaryField):
    """A column of sealed bytes. `bound_to`: the columns of its row that say which record it belongs to; they never change.

    `column` is that for which it is sealed: its own, or the live one where the row only waits (staging).
    """

    def __init__(self, *args: Any, bound_to: Sequence[str] = ("id",), **kwargs: Any) -> None:
        self.bound_to = tuple(bound_to)
        super().__init__(*args, **kwargs)

    @property
    def sealed_for(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def context_of(self, row: Any) -> str:
        """Where the value of this row belongs."""
        return place(self.sealed_for, *(getattr(row, name) for name in self.bound_to))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        found, pk = super().check(**kwargs), self.model._meta.pk
        if pk.attname in self.bound_to and pk.db_returning and not isinstance(pk, DrawnIdField):
            told = f"{self.sealed_for} is bound to an id that is not drawn before the row is written"
            found.append(Error(told, obj=self, id="keys.E001"))
        return found


class SealedFor(Sealed):
    """Bytes that wait in one table, sealed already for the column of another (`app.model.field`)."""

    def __init__(self, *args: Any, column: str = "", **kwargs: Any) -> None:
        self._column = column
        super().__init__(*args, **kwargs)

    @property
    def sealed_for(self) -> str:
        return self._column


class _Opened(DeferredAttribute):
    """A sealed attribute: opened when it is first looked at, and not before.

    The bytes stay in the instance: what was only looked at, or is set to what it says already, is saved as it was.
    """

    @property
    def _kept(self) -> str:
        return f"_{self.field.attname}_opened"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if not isinstance(value, SealedBytes):
            return value
        if self._kept not in instance.__dict__:
            field = cast("Sealed", self.field)
            try:
                instance.__dict__[self._kept] = unseal(value, context=field.context_of(instance))
            except UnreadableSecret:
                if not only_shown():
                    raise
                logger.error("alarm: %s of row %s does not open", field.sealed_for, instance.pk)
                return in_its_place()
        return instance.__dict__[self._kept]

    def __set__(self, instance: Any, value: Any) -> None:
        if isinstance(value, str) and self._says(instance) == value:
            return
        instance.__dict__.pop(self._kept, None)
        instance.__dict__[self.field.attname] = value

    def _says(self, instance: Any) -> Any:
        """What the bytes that are there say; None where there are none, or they do not open."""
        if not isinstance(instance.__dict__.get(self.field.attname), SealedBytes):
            return None
        with suppress(UnreadableSecret):
            return self.__get__(instance)
        return None


class SealedField(Sealed):
    """A text that rests encrypted, bound to its row. Python sees `str`; the column holds `bytea`.

    It cannot be searched (use the index), nor written without its row (`QuerySet.update`, `bulk_update`). Reading it
    raises UnreadableSecret where the bytes are not this row's; a page that only shows says so in its place.
    Where it is typed into a form it says so: `editable=True`, and `max_length` in characters.
    """

    descriptor_class = _Opened

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, bytes):
            return value
        return SealedBytes(seal(str(value), context=self.context_of(model_instance)))

    def get_prep_value(self, value: Any) -> Any:
        if value is not None and not isinstance(value, bytes):
            raise TypeError(f"{self.sealed_for} is sealed for its row: save the row")
        return super().get_prep_value(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> SealedBytes | None:
        return None if value is None else SealedBytes(value)

    def to_python(self, value: Any) -> Any:
        return value

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        empty = {"empty_value": None} if self.null else {}
        return super().formfield(*args, **{"max_length": self.max_length, **empty, **kwargs})
