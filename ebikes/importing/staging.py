"""Every row of a table gets its verdict; the good ones are sealed and copied to where they wait for confirmation."""

import json
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from django.db import connection

from core.privacy.sealing import Sealed, blind_index, place, seal
from ebikes.importing.columns import Known, Layout, Values, notes_on, validate
from ebikes.importing.content import content_index
from ebikes.importing.fields import name_as_written
from ebikes.importing.flaws import Flaw
from ebikes.importing.layouts import EVENTS
from ebikes.importing.models.staging import (
    StagedAgentPoint,
    StagedFiledBike,
    StagedMerchant,
    StagedRow,
    StagedTradeIn,
)
from ebikes.importing.problems import Problem, primary_code
from ebikes.importing.process_pool import share
from ebikes.importing.reader import Table
from ebikes.importing.text import Cell, as_text
from ebikes.models import ImportBatch, ImportRow
from ebikes.records.persons import name_index, number_index, person_index
from merchants.models import AgentPoint, Merchant

CHUNK = 2500
STAGED: dict[str, type[StagedRow]] = {
    ImportBatch.Kind.TRADE_INS: StagedTradeIn,
    ImportBatch.Kind.FILED_BIKES: StagedFiledBike,
    ImportBatch.Kind.MERCHANTS: StagedMerchant,
    ImportBatch.Kind.AGENT_POINTS: StagedAgentPoint,
}
CONTACTS = (("phone", "phone_index"), ("wallet_no", "wallet_index"))  # and their blind indexes
VERDICT_COLUMNS = ("batch_id", "line", "record_no", "verdict", "reason", "problems", "cells")


def stage_rows(batch: ImportBatch, table: Table, *, progress: Callable[[float], None]) -> None:
    """Judge every row of `table` and copy verdicts and good rows, some thousands at a time; note what was read."""
    judge = RowJudge(batch, table.layout)
    for _done in share(judge.take, _chunks(table.rows())):
        progress(table.progress())
    batch.reading, batch.samples = table.reading.as_json(), table.reading.samples()
    batch.header = table.header


def known_to(batch: ImportBatch) -> Known:
    """The merchants and agent points that rows may name at this moment."""
    return Known(
        merchants=frozenset(
            Merchant.objects.filter(district=batch.district_id).values_list("uscc", flat=True)
        ),
        agent_points=frozenset(
            AgentPoint.objects.filter(district=batch.district_id).values_list("point_no", flat=True)
        ),
        only_merchant=batch.merchant.uscc if batch.merchant else None,
    )


class RowJudge:
    """Judges rows of one batch: the verdict's tuple, and the staged row's where there is nothing wrong."""

    def __init__(self, batch: ImportBatch, layout: Layout) -> None:
        model = STAGED[batch.kind]
        self.batch_id = batch.pk
        self.layout = layout
        self.known = known_to(batch)
        self.table = model._meta.db_table
        self.columns = tuple(str(f.column) for f in model._meta.concrete_fields if not f.primary_key)
        self.staged_row: Callable[[Values], tuple[Any, ...]] = itemgetter(*self.columns)
        self.keys = tuple(column.key for column in layout.columns)
        self.named = self.keys.index("owner_name") if "owner_name" in self.keys else None
        self.moments = [key for key in EVENTS if key in self.keys]
        self.contacts = [each for each in CONTACTS if each[0] in self.keys]
        self.sealed = [
            (field.name, field.sealed_for, field.bound_to, field.null)
            for field in model._meta.concrete_fields
            if isinstance(field, Sealed)
        ]
        self.of_people = "owner_record" in self.columns

    def take(self, chunk: list[tuple[int, list[Cell]]]) -> None:
        """Judge some rows and keep what became of them."""
        owners = _draw_owners(len(chunk)) if self.of_people else [0] * len(chunk)
        judged = [self.judge(line, cells, owner) for (line, cells), owner in zip(chunk, owners, strict=True)]
        _copy(ImportRow._meta.db_table, VERDICT_COLUMNS, [verdict for verdict, _ in judged])
        _copy(self.table, self.columns, [staged for _, staged in judged if staged is not None])

    def judge(
        self, line: int, cells: list[Cell], owner: int = 0
    ) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
        values, problems = validate(self.layout, cells, self.known)
        number = str(values.get(self.layout.key, "") or self._named(cells))[:64]
        if problems:
            return self._refused(line, number, cells, problems), None
        notes = [note.as_stored() for note in notes_on(self.layout, values)]
        said = json.dumps(notes, ensure_ascii=False) if notes else "[]"
        verdict = (self.batch_id, line, number, "accepted", "", said, None)
        values["owner_name_written"] = (
            name_as_written(cells[self.named])[:64] if self.named is not None else ""
        )
        return verdict, self._staged(line, values, owner)

    def _named(self, cells: list[Cell]) -> str:
        """What names a row that is refused for its very number, or as a whole: as it stands there."""
        cell = cells[self.keys.index(self.layout.key)]
        return as_text(str(cell)) if isinstance(cell, str | int | Flaw) else ""

    def _refused(self, line: int, number: str, cells: list[Cell], problems: list[Problem]) -> tuple[Any, ...]:
        stored = [problem.as_stored() for problem in problems]
        kept = json.dumps([None if cell is None else str(cell) for cell in cells], ensure_ascii=False)
        sealed = seal(kept, context=place("ebikes.importrow.cells", self.batch_id, line))
        reason = primary_code(stored)
        return (
            self.batch_id,
            line,
            number,
            "refused",
            reason,
            json.dumps(stored, ensure_ascii=False),
            sealed,
        )

    def _staged(self, line: int, values: Values, owner: int) -> tuple[Any, ...]:
        for key in self.moments:
            values[key] = str(values[key])
        values["content_index"] = content_index(self.layout, values)
        values["day_only"] = f"{{{','.join(values.get('day_only', ()))}}}"
        values |= {"batch_id": self.batch_id, "line": line, "owner_record": owner}
        if "id_no" in values:
            whose = {"country": values["id_country"], "name": values["owner_name"]}
            number = values["number_index"] = number_index(values["id_no"])
            values["id_index"] = person_index(values["id_kind"], number, **whose)
            values["name_index"] = name_index(values["owner_name"])
            values["new_owner_name"] = values["owner_name"]
        for key, index in self.contacts:
            values[index] = blind_index(values[key], context=key) if values[key] else None
        for name, sealed_for, bound_to, may_lack in self.sealed:
            value = values[name] or ("" if not may_lack else None)
            if value is not None:
                value = seal(value, context=place(sealed_for, *(values[each] for each in bound_to)))
            values[name] = value
        return self.staged_row(values)


def _draw_owners(count: int) -> list[int]:
    """Ids for the owners that these rows may bring: what is sealed of an owner is bound to it. Those not needed are lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('ebikes_owner', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        return [number for (number,) in cursor.fetchall()]


def _chunks(rows: Iterator[tuple[int, list[Cell]]]) -> Iterator[list[tuple[int, list[Cell]]]]:
    chunk: list[tuple[int, list[Cell]]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _copy(table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """A worker copies; under policies, as a page that hands in one record, PostgreSQL takes no COPY."""
    if not rows:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_security_active(%s)", [table])
        if cursor.fetchone() == (True,):
            values = ", ".join(["%s"] * len(columns))
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({values})', rows)  # noqa: S608 - our own names
            return
        with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
