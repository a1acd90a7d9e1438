"""How a licensing system is asked about plates. What is particular to each system is a `Dialect`."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from ebikes.licensing.answers import Answer, Evidence, Outcome, Problem, Record
from ebikes.licensing.errors import RAW_KEPT, TransportError, garbage
from ebikes.licensing.shapes import Fields, fields_of, fold, folded, items_of
from ebikes.licensing.transport import OutsideSystem, Reply

FOUND_OR_NOT = frozenset({200, 404})


@dataclass(frozen=True, slots=True)
class Dialect(Generic[Record]):
    """A system's name, the adapter's version, its two addresses, and how one of its records reads."""

    name: str
    version: str
    query_path: str
    batch_path: str
    read: Callable[[Fields], Record]


@dataclass(frozen=True, slots=True)
class _Finding(Generic[Record]):
    """What an answer says of one plate: a record, its absence, or a problem; and in which words."""

    raw: str
    record: Record | None = None
    problem: Problem | None = None


class PlateRegister(Generic[Record]):
    """A licensing system, asked by plate over an open `OutsideSystem`."""

    def __init__(self, dialect: Dialect[Record], system: OutsideSystem) -> None:
        self.name = dialect.name
        self.version = dialect.version
        self._dialect = dialect
        self._system = system

    async def look_up(self, plate: str) -> Answer[Record]:
        """Ask about one plate. Whatever happens outside is an unknown answer, never an exception."""
        reply = await self._system.post_json(
            self._dialect.query_path,
            {"plate": plate},
            idempotent=True,
            answers=FOUND_OR_NOT,
            read=lambda reply: self._read_one(plate, reply),
        )
        return self._answer(reply, reply.value or _Finding(reply.raw, problem=reply.problem))

    async def look_up_many(self, plates: Sequence[str]) -> dict[str, Answer[Record]]:
        """Ask about every plate, in batches where configured; each gets its own answer."""
        wanted = list(dict.fromkeys(plates))
        size = max(1, self._system.config.batch_size)
        chunks = iter([wanted[start : start + size] for start in range(0, len(wanted), size)])
        answers: dict[str, Answer[Record]] = {}

        async def work() -> None:
            for chunk in chunks:
                answers.update(await self._look_up_chunk(chunk))

        # As many workers as requests may be under way: a task per plate would keep the first ones waiting.
        await asyncio.gather(*(work() for _ in range(self._system.config.concurrency)))
        return {plate: answers[plate] for plate in wanted}

    async def _look_up_chunk(self, plates: list[str]) -> dict[str, Answer[Record]]:
        if self._system.config.batch_size <= 1:
            return {plate: await self.look_up(plate) for plate in plates}
        return await self._look_up_batch(plates)

    async def _look_up_batch(self, plates: list[str]) -> dict[str, Answer[Record]]:
        reply = await self._system.post_json(
            self._dialect.batch_path,
            {"plates": plates},
            idempotent=True,
            read=lambda reply: self._read_batch(plates, reply),
        )
        nothing: _Finding[Record] = _Finding(reply.raw, problem=reply.problem)
        found: dict[str, _Finding[Record]] = reply.value or dict.fromkeys(plates, nothing)
        return {plate: self._answer(reply, finding) for plate, finding in found.items()}

    def _read_one(self, plate: str, reply: Reply) -> _Finding[Record]:
        """Raises garbage for all but a record or a certain absence; above all for another plate's record."""
        fields = fields_of(reply.body)
        if folded(fields, "plate") != fold(plate):
            raise garbage()
        if reply.status == 200:
            return _Finding(reply.raw, self._dialect.read(fields))
        if fields.get("code") != "NOT_FOUND":
            raise garbage()
        return _Finding(reply.raw)

    def _read_batch(self, plates: Sequence[str], reply: Reply) -> dict[str, _Finding[Record]]:
        """One finding for each plate. Raises garbage unless the items are about exactly these plates."""
        items = items_of(fields_of(reply.body), "results")
        found = {folded(item, "plate"): self._read_item(item) for item in items}
        if len(items) != len(plates) or set(found) != set(map(fold, plates)):
            raise garbage()
        return {plate: found[fold(plate)] for plate in plates}

    def _read_item(self, item: Fields) -> _Finding[Record]:
        """One bad item does not spoil the others: it is a problem of its own."""
        raw = json.dumps(item, ensure_ascii=False).encode("utf-8", "replace").decode()[:RAW_KEPT]
        try:
            if item.get("found") is True:
                return _Finding(raw, self._dialect.read(item))
        except TransportError as error:
            return _Finding(raw, problem=error.problem)
        return _Finding(raw, problem=None if item.get("found") is False else Problem.GARBAGE)

    def _answer(self, reply: Reply, finding: _Finding[Record]) -> Answer[Record]:
        outcome: Outcome = "unknown" if finding.problem else "absent" if finding.record is None else "found"
        evidence = Evidence(
            source=self.name,
            request_id=reply.request_id,
            asked_at=reply.asked_at,
            answered_at=reply.answered_at,
            adapter_version=self.version,
            http_status=reply.status,
            raw=finding.raw,
        )
        return Answer(outcome, finding.record, evidence, finding.problem)
