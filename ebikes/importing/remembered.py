"""Rows of registers as they were before a file changed them hold what is sealed, too: it rotates with its column."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.db import connection

from core.keys.ring import key_ring
from core.privacy.rotation import Moved
from core.privacy.sealing import KEY_ID, Sealed, UnreadableSecret, seal_bytes, unseal_bytes
from ebikes.importing.taking_back import ROW_DIGEST
from ebikes.models import WrittenRow

_UNTOUCHED = """
    SELECT w.id FROM ebikes_writtenrow w JOIN {table} k ON k.id = w.row_id
    WHERE w.target = %s AND w.row_id = ANY(%s) AND w.written = {digest}
"""
_FOLLOW = "UPDATE ebikes_writtenrow w SET written = {digest} FROM {table} k WHERE w.id = ANY(%s) AND k.id = w.row_id"


@contextmanager
def kept_in_step(table: str, ids: list[int]) -> Iterator[None]:
    """A row of a register that is as its file left it still is so after its keys changed: the file can be taken back."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTOUCHED.format(table=table, digest=ROW_DIGEST), [table, ids])
        untouched = [number for (number,) in cursor.fetchall()]
        yield
        cursor.execute(_FOLLOW.format(table=table, digest=ROW_DIGEST), [untouched])


def rotate_remembered() -> Iterator[Moved]:
    """Seal again, in the rows that files remember, what another key sealed."""
    for model in apps.get_models():
        sealed = [field for field in model._meta.concrete_fields if isinstance(field, Sealed)]
        for written, before in _remembered(model._meta.db_table) if sealed else ():
            try:
                done = sum(_anew(field, before) for field in sealed)
            except UnreadableSecret:
                yield Moved(0, (f"{written._meta.db_table} {written.pk}",))
                continue
            if done:
                written.save(update_fields=["before"])
            yield Moved(done)


def index_remembered(table: str, column: str, becomes: Callable[[bytes], bytes | None]) -> None:
    """Put another blind index where the rows that files remember have one."""
    for written, before in _remembered(table):
        was = before.get(column)
        if was and (index := becomes(bytes.fromhex(was[2:]))):
            before[column] = _hex(index)
            written.save(update_fields=["before"])


def _remembered(table: str) -> Iterator[tuple[WrittenRow, dict[str, Any]]]:
    for written in (
        WrittenRow.objects.filter(target=table, before__isnull=False).order_by("pk").iterator(2000)
    ):
        if written.before:
            yield written, written.before


def _anew(field: Sealed, row: dict[str, Any]) -> bool:
    """Whether the value was of another key, and is of the first one now. Raises UnreadableSecret."""
    if not row.get(field.attname):
        return False
    sealed = bytes.fromhex(row[field.attname][2:])  # bytea in JSON: \\x and digits
    if sealed[KEY_ID] == key_ring().current:
        return False
    context = field.context_of(SimpleNamespace(**row))
    row[field.attname] = _hex(seal_bytes(unseal_bytes(sealed, context=context), context=context))
    return True


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()
