"""Every row of a table gets its verdict; the good ones are sealed and copied to where they wait for confirmation."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from ebikes.importing.fields import Cell
from ebikes.importing.layouts import Known, Layout, Values, validate
from ebikes.importing.problems import PERSONAL, Problem, masked, primary_code
from ebikes.importing.reader import Table
from ebikes.models import FiledBike, ImportBatch, ImportRow, Owner, TradeIn
from ebikes.models.staging import StagedAgentPoint, StagedFiledBike, StagedMerchant, StagedRow, StagedTradeIn
from merchants.models import AgentPoint, Merchant
from merchants.privacy import blind_index, seal

CHUNK = 5000
STAGED: dict[str, type[StagedRow]] = {
    ImportBatch.Kind.TRADE_INS: StagedTradeIn,
    ImportBatch.Kind.FILED_BIKES: StagedFiledBike,
    ImportBatch.Kind.MERCHANTS: StagedMerchant,
    ImportBatch.Kind.AGENT_POINTS: StagedAgentPoint,
}
# Sealed for the live field that the bytes will be moved to.
SEALED_FOR = {
    "id_no": Owner._meta.get_field("id_no"),
    "wallet_no": TradeIn._meta.get_field("wallet_no"),
}
INDEXED = {"id_no": "id_index", "phone": "phone_index", "wallet_no": "wallet_index"}
VERDICT_COLUMNS = ("batch_id", "line", "record_no", "verdict", "reason", "problems", "cells")


def stage_rows(batch: ImportBatch, table: Table, *, progress: Callable[[float], None]) -> None:
    """Judge every row of `table` and copy verdicts and good rows, some thousands at a time."""
    clerk = _Clerk(batch, table.layout)
    for chunk in _chunks(table.rows()):
        judged = [clerk.judge(line, cells) for line, cells in chunk]
        _copy(ImportRow._meta.db_table, VERDICT_COLUMNS, [verdict for verdict, _ in judged])
        _copy(clerk.table, clerk.columns, [staged for _, staged in judged if staged is not None])
        progress(table.progress())


def known_to(batch: ImportBatch) -> Known:
    """The merchants and agent points that rows may name at this moment."""
    return Known(
        merchants=frozenset(Merchant.objects.values_list("uscc", flat=True)),
        agent_points=frozenset(AgentPoint.objects.values_list("point_no", flat=True)),
        only_merchant=batch.merchant.uscc if batch.merchant else None,
    )


class _Clerk:
    """Judges rows of one batch: the verdict's tuple, and the staged row's where there is nothing wrong."""

    def __init__(self, batch: ImportBatch, layout: Layout) -> None:
        model = STAGED[batch.kind]
        self.batch_id = batch.pk
        self.layout = layout
        self.known = known_to(batch)
        self.table = model._meta.db_table
        self.columns = tuple(str(f.column) for f in model._meta.concrete_fields if not f.primary_key)
        self.phone_context = f"{(TradeIn if model is StagedTradeIn else FiledBike)._meta.label_lower}.phone"

    def judge(self, line: int, cells: list[Cell]) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
        values, problems = validate(self.layout, cells, self.known)
        number = str(values.get(self.layout.key, ""))[:64]
        if problems:
            return self._refused(line, number, cells, problems), None
        verdict = (self.batch_id, line, number, "accepted", "", "[]", None)
        return verdict, self._staged(line, values)

    def _refused(self, line: int, number: str, cells: list[Cell], problems: list[Problem]) -> tuple[Any, ...]:
        stored = [{"kind": p.kind, "params": self._masked(p)} for p in problems]
        kept = json.dumps([None if cell is None else str(cell) for cell in cells], ensure_ascii=False)
        sealed = seal(kept, context="ebikes.importrow.cells")
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

    def _masked(self, problem: Problem) -> dict[str, Any]:
        params = dict(problem.params)
        if problem.code in PERSONAL and "value" in params:
            params["value"] = masked(str(params["value"])[:40])
        elif "value" in params:
            params["value"] = str(params["value"])[:40]
        return params

    def _staged(self, line: int, values: Values) -> tuple[Any, ...]:
        content = "\x1f".join(str(values[c.key]) for c in self.layout.columns) + str(
            values.get("day_only", "")
        )
        row = {**values, "batch_id": self.batch_id, "line": line}
        row["content_index"] = blind_index(content, context=self.layout.key)
        for key, index in INDEXED.items():
            if key in values:
                row[index] = blind_index(values[key], context=key) if values[key] else None
                row[key] = seal(values[key], context=self._context(key)) if values[key] else None
        return tuple(row[column] for column in self.columns)

    def _context(self, key: str) -> str:
        return self.phone_context if key == "phone" else SEALED_FOR[key].context


def _chunks(rows: Iterator[tuple[int, list[Cell]]]) -> Iterator[list[tuple[int, list[Cell]]]]:
    chunk: list[tuple[int, list[Cell]]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _copy(table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
