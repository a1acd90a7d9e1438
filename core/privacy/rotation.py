"""Everything that rests sealed, and how it comes under the first key: columns, rows kept as JSON, files.

There is one list: the columns are the fields of the models (`Sealed`), the files those of `SEALED_FOLDERS`. Each piece
is moved alone, so that it can be interrupted, goes on where it was, and finds nothing to do when it is done.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.models import BinaryField, Func, IntegerField
from django.db.models.functions import Cast
from django.utils import timezone
from psycopg import sql

from core.audit.acting import acting
from core.keys.ring import key_ring
from core.privacy.sealed_files import SealedFolder, SealedWriter, unsealed
from core.privacy.sealing import KEY_ID, Sealed, UnreadableSecret, seal_bytes, unseal_bytes

CHUNK = 1000
Around = Callable[
    [str, list[int]], AbstractContextManager[None]
]  # a table and ids of its rows: what must follow the change


class Moved(NamedTuple):
    """What one step did: how many values, and which cannot be read (a table and an id, or a file's name)."""

    done: int
    unreadable: tuple[str, ...] = ()


def sealed_columns() -> list[Sealed]:
    """Every sealed column of every table."""
    fields = (field for model in apps.get_models() for field in model._meta.concrete_fields)
    return [field for field in fields if isinstance(field, Sealed)]


def waiting(column: Sealed) -> int:
    """How many of its values another key than the first sealed."""
    return _of_another_key(column).count()


def rotate_column(column: Sealed, *, around: Around = lambda _table, _ids: nullcontext()) -> Iterator[Moved]:
    """Seal again what another key sealed, some rows at a time. What cannot be read stays as it is, and stops nothing."""
    table, last = column.model._meta.db_table, 0
    while rows := list(_of_another_key(column).filter(pk__gt=last).order_by("pk")[:CHUNK]):
        anew, unreadable = [], []
        for row in rows:
            try:
                anew.append((row.pk, bytes(row.sealed_bytes), _anew(column, row)))
            except UnreadableSecret:
                unreadable.append(f"{table}.{column.column} {row.pk}")
        with acting("rotate_keys", by=None, now=timezone.now()), around(table, [row.pk for row in rows]):
            _write(column, anew)
        last = rows[-1].pk
        yield Moved(len(anew), tuple(unreadable))


def _of_another_key(column: Sealed) -> models.QuerySet[Any]:
    key_id = Func(column.attname, KEY_ID, function="get_byte", output_field=IntegerField())
    rows: models.QuerySet[Any] = (
        column.model._default_manager.filter(**{f"{column.name}__isnull": False})
        .alias(key_id=key_id)
        .exclude(key_id=key_ring().current)
        .only("pk", column.name, *column.bound_to)
        .annotate(sealed_bytes=Cast(column.attname, BinaryField()))
    )
    return rows


def _anew(column: Sealed, row: Any) -> bytes:
    context = column.context_of(row)
    return seal_bytes(unseal_bytes(bytes(row.sealed_bytes), context=context), context=context)


_MOVE = """
    UPDATE {table} t SET {column} = n.becomes FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) n (id, was, becomes)
    WHERE t.{pk} = n.id AND t.{column} = n.was
"""


def _write(column: Sealed, anew: list[tuple[int, bytes, bytes]]) -> None:
    """Compare and set: what somebody wrote meanwhile is sealed by the first key already."""
    if not anew:
        return
    meta = column.model._meta
    names = {"table": meta.db_table, "column": column.attname, "pk": meta.pk.attname}
    statement = sql.SQL(_MOVE).format(**{name: sql.Identifier(each) for name, each in names.items()})
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(each) for each in zip(*anew, strict=True)])


def rotate_files(folder: SealedFolder) -> Iterator[Moved]:
    """Seal the files of a folder again that another key sealed, one at a time: each is replaced as a whole or not at all."""
    for path in sorted(Path(settings.MEDIA_ROOT).glob(folder.pattern)):
        try:
            if not _sealed_by_first(path, folder):
                _rotate_file(path, folder)
                yield Moved(1)
        except FileNotFoundError:  # removed meanwhile: it was waiting, or has expired
            continue
        except UnreadableSecret:
            yield Moved(0, (path.name,))


def files_waiting(folder: SealedFolder) -> int:
    """How many files of a folder another key than the first sealed."""
    return sum(not _sealed_by_first(path, folder) for path in Path(settings.MEDIA_ROOT).glob(folder.pattern))


def _sealed_by_first(path: Path, folder: SealedFolder) -> bool:
    with path.open("rb") as handle:
        header = handle.read(8)[4 if folder.pieces else 0 :]
    return len(header) > KEY_ID and header[KEY_ID] == key_ring().current


def _rotate_file(path: Path, folder: SealedFolder) -> None:
    draft = path.with_name(f".{path.name}.anew")
    draft.unlink(missing_ok=True)  # of a run that was interrupted
    context = folder.context_of(path.name)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        if folder.pieces:
            writer = SealedWriter(handle, context=context)
            for piece in unsealed(path, context=context):
                writer.write(piece)
            writer.finish()
        else:
            handle.write(seal_bytes(unseal_bytes(path.read_bytes(), context=context), context=context))
        handle.flush()
        os.fsync(handle.fileno())
    if path.exists():
        draft.replace(path)
    else:
        draft.unlink()
