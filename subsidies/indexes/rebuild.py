"""Another index key comes into force: every blind index is computed anew from what is sealed beside it, in one transaction.

Whoever reads meanwhile sees the old ones, whoever writes waits; afterwards only processes with the new key in front may
write (`index_in_force` in core/privacy/sql/sealed.sql) or start (core/keys/recognised.py). Interrupted, nothing has changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, models
from psycopg import sql

from core.audit.acting import acting
from core.keys.ring import index_ring
from core.models import KnownKey
from core.privacy.sealing import SealedFor, blind_index, unseal
from ebikes.importing.models.staging import StagedFiledBike, StagedTradeIn
from ebikes.importing.remembered import index_remembered, kept_in_step
from ebikes.models import FiledBike, LicensingAnswer, Owner, TradeIn
from ebikes.records.persons import name_index, number_index, person_index
from subsidies.models import PayeeChange, PayeeCheck, PayoutLine, WatchEntry
from subsidies.watchlist.services.entries import index_of

CHUNK = 2000


class Done(NamedTuple):
    """A table, and how many of its rows have new indexes so far."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class Indexed:
    """A table and its blind indexes: `compute` tells the new ones of a row, whose sealed values are open."""

    model: type[models.Model]
    sealed: tuple[str, ...]
    besides: tuple[str, ...]
    compute: Callable[[Any], dict[str, bytes | None]]


def _contact(row: Any, *names: str) -> dict[str, bytes | None]:
    columns = {"phone": "phone_index", "wallet_no": "wallet_index"}
    values = {name: getattr(row, name) for name in names}
    return {
        columns[name]: blind_index(value, context=name) if value else None for name, value in values.items()
    }


def _person(row: Any, name: str) -> dict[str, bytes | None]:
    number = number_index(row.id_no)
    return {
        "number_index": number,
        "id_index": person_index(row.id_kind, number, country=row.id_country, name=name),
        "name_index": name_index(name),
    }


def _payee(row: Any) -> dict[str, bytes | None]:
    wallet = row.payee_wallet
    value = wallet or row.payee_phone
    return {"payee_index": blind_index(value, context="wallet_no" if wallet else "phone")}


TABLES = (
    Indexed(Owner, ("id_no", "name"), ("id_kind", "id_country"), lambda row: _person(row, row.name)),
    Indexed(
        TradeIn, ("owner_name", "phone", "wallet_no"), (),
        lambda row: {"name_index": name_index(row.owner_name), **_contact(row, "phone", "wallet_no")},
    ),
    Indexed(FiledBike, ("phone",), (), lambda row: _contact(row, "phone")),
    Indexed(PayeeChange, ("phone", "wallet_no"), (), lambda row: _contact(row, "phone", "wallet_no")),
    Indexed(PayoutLine, ("payee_wallet", "payee_phone"), (), _payee),
    Indexed(
        WatchEntry, ("value",), ("kind",),
        lambda row: {"value_index": index_of(row.kind, row.value) if row.value else None},
    ),
    Indexed(
        StagedTradeIn, ("id_no", "owner_name", "phone", "wallet_no"), ("id_kind", "id_country"),
        lambda row: {**_person(row, row.owner_name), **_contact(row, "phone", "wallet_no")},
    ),
    Indexed(
        StagedFiledBike, ("id_no", "owner_name", "phone"), ("id_kind", "id_country"),
        lambda row: {**_person(row, row.owner_name), **_contact(row, "phone")},
    ),
)  # fmt: skip
# What has an index without the value beside it: it follows the same person's, or payee's, elsewhere. What is nobody's stays:
# it was equal to nothing, and is so now.
FOLLOWING = ((LicensingAnswer, "holder_index"), (PayeeCheck, "payee_index"))


def to_rebuild() -> bool:
    """Whether the first key of INDEX_KEYS is not yet the one in force."""
    return not KnownKey.objects.filter(ring="index", number=index_ring().current, in_force=True).exists()


def rebuild(*, now: datetime) -> Iterator[Done]:
    """Put the first key of INDEX_KEYS in force; yields as it goes. All of it or nothing. Raises UnreadableSecret."""
    becomes: dict[bytes, bytes | None] = {}
    with acting("rebuild_indexes", by=None, now=now):
        _lock()
        keys = KnownKey.objects.filter(ring="index")
        keys.filter(in_force=True).update(in_force=False)
        keys.filter(number=index_ring().current).update(in_force=True)
        for table in TABLES:
            yield from _rebuild(table, becomes)
        for model, column in FOLLOWING:
            yield Done(model._meta.db_table, _follow(model, column, becomes))
        index_remembered("ebikes_filedbike", "phone_index", becomes.get)


def _lock() -> None:
    """Nobody writes to these tables meanwhile; everybody reads."""
    tables = [each.model for each in TABLES] + [model for model, _column in FOLLOWING]
    names = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(names))


def _rebuild(table: Indexed, becomes: dict[bytes, bytes | None]) -> Iterator[Done]:
    last, done = 0, 0
    name = table.model._meta.db_table
    while rows := list(table.model._default_manager.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        anew = [table.compute(_opened(table, row)) for row in rows]
        for row, indexes in zip(rows, anew, strict=True):
            becomes |= {bytes(was): indexes[n] for n in indexes if (was := getattr(row, n)) is not None}
        with kept_in_step(name, [row.pk for row in rows]):
            for column in anew[0]:
                _write(
                    table.model,
                    column,
                    [(row.pk, indexes[column]) for row, indexes in zip(rows, anew, strict=True)],
                )
        last, done = rows[-1].pk, done + len(rows)
        yield Done(name, done)


def _opened(table: Indexed, row: Any) -> Any:
    """The row with what is sealed in it open; a staged one's is opened as that of the table that it waits for."""
    for name in table.sealed:
        column = row._meta.get_field(name)
        if isinstance(column, SealedFor) and getattr(row, name) is not None:
            setattr(row, name, unseal(bytes(getattr(row, name)), context=column.context_of(row)))
    return row


def _follow(model: type[models.Model], column: str, becomes: dict[bytes, bytes | None]) -> int:
    rows = model._default_manager.filter(**{f"{column}__isnull": False}).values_list("pk", column)
    moved = [(pk, becomes[bytes(was)]) for pk, was in rows if becomes.get(bytes(was))]
    _write(model, column, moved)
    return len(moved)


_SET = "UPDATE {table} t SET {column} = n.index FROM unnest(%s::bigint[], %s::bytea[]) n (id, index) WHERE t.id = n.id"


def _write(model: type[models.Model], column: str, values: list[tuple[int, bytes | None]]) -> None:
    kept = [(pk, index) for pk, index in values if index is not None]
    if not kept:
        return
    statement = sql.SQL(_SET).format(
        table=sql.Identifier(model._meta.db_table), column=sql.Identifier(column)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(each) for each in zip(*kept, strict=True)])
