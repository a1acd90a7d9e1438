"""One request at the register's desk: what is locked of that which it asks about, and what becomes of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from subsidies.locks.protocol import Ask, Asking, Key, Kind, Question, Said, Word
from subsidies.models import Lock, LockCell, LockEntry, LockHolder, LockRegister

Place = tuple[str, bytes]
# Releases first: what one claim gives up, the next of the same request may have.
_ORDER = {Ask.RELEASE: 0, Ask.KEEP: 1, Ask.RESERVE: 2}
_HOLDERS = """
    UPDATE subsidies_lockholder h SET epoch = d.epoch, number = d.number, generation = d.generation
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS d (id, epoch, number, generation)
    WHERE h.id = d.id
"""
_LOCKS = """
    UPDATE subsidies_lock l SET state = d.state, until = d.until, most = d.most, position = d.position
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::int[], %s::bigint[]) AS d (id, state, until, most, position)
    WHERE l.id = d.id
"""


class Desk:
    """Holds what a request touches in memory while it is judged; the register's row is held meanwhile."""

    def __init__(
        self, register: LockRegister, cell: LockCell, asking: Asking, *, now: datetime, until: datetime
    ) -> None:
        self.register, self.cell, self.asking, self.now, self.until = register, cell, asking, now, until
        self.holders = self._find_holders()
        self.by_holder: dict[str, dict[Place, Lock]] = defaultdict(dict)
        self.by_place: dict[Place, list[Lock]] = defaultdict(list)
        self._find_locks()
        self.touched: dict[int, Lock] = {}
        self.entries: list[LockEntry] = []

    def in_order(self) -> list[Question]:
        return sorted(self.asking.questions, key=lambda each: (_ORDER[each.ask], each.number))

    def judge(self, question: Question) -> Said:
        """One question. What it changes is written down later, with all else."""
        holder = self.holders[question.claim]
        asked = (self.asking.epoch, question.number)
        if asked < (holder.epoch, holder.number):
            return Said(question.number, Word.STALE)
        if question.ask is Ask.RELEASE:
            self._release(holder, but=set())
            return self._enter(holder, question, Word.RELEASED)
        if self.register.collecting and not question.held:
            return Said(question.number, Word.WAIT)
        places = {_place(key): key for key in question.keys}
        in_the_way = self._in_the_way(holder, places)
        if in_the_way is None:
            return self._grant(holder, question, places)
        if in_the_way.cell_id == self.cell.pk:
            return Said(question.number, Word.WAIT)
        other = in_the_way.holder
        said = Said(
            *(question.number, Word.TAKEN, None),
            cell=other.cell.code,
            claim=other.claim,
            kind=in_the_way.kind,
        )
        return self._enter(holder, question, Word.TAKEN, said=said, because_of=other)

    def write_down(self) -> None:
        """Everything that changed, those that are released first: one key has one live lock at every moment."""
        changed = [
            (each.pk, each.epoch, each.number, each.generation)
            for each in self.holders.values()
            if each.epoch
        ]
        _update(_HOLDERS, changed)
        old = [lock for lock in self.touched.values() if lock.pk]
        for released in (True, False):
            some = [lock for lock in old if (lock.state == Lock.State.RELEASED) is released]
            _update(_LOCKS, [(each.pk, each.state, each.until, each.most, each.position) for each in some])
        Lock.objects.bulk_create([lock for lock in self.touched.values() if not lock.pk])
        LockEntry.objects.bulk_create(self.entries)

    def _find_holders(self) -> dict[str, LockHolder]:
        claims = [each.claim for each in self.asking.questions]
        LockHolder.objects.bulk_create(
            [LockHolder(cell=self.cell, claim=claim) for claim in claims], ignore_conflicts=True
        )
        return {each.claim: each for each in LockHolder.objects.filter(cell=self.cell, claim__in=claims)}

    def _find_locks(self) -> None:
        """Those of the claims themselves, and whatever is live of the keys that they ask for."""
        places = {_place(key) for each in self.asking.questions for key in each.keys}
        indexes = [index for _kind, index in places]
        live = Lock.objects.filter(index__in=indexes, state__in=Lock.LIVE).select_related("holder__cell")
        own = Lock.objects.filter(holder__in=[each.pk for each in self.holders.values()])
        found = {lock.pk: lock for lock in own.select_related("holder__cell")}
        found = {lock.pk: lock for lock in live} | found
        for lock in found.values():
            place = (lock.kind, bytes(lock.index))
            if lock.cell_id == self.cell.pk and lock.holder.claim in self.holders:
                self.by_holder[lock.holder.claim][place] = lock
            if lock.state in Lock.LIVE:
                self.by_place[place].append(lock)

    def _in_the_way(self, holder: LockHolder, places: dict[Place, Key]) -> Lock | None:
        """A live lock of another claim that lets this one not have its keys; another cell's before the own."""
        found = [lock for place, key in places.items() for lock in self._against(holder, place, key.most)]
        return min(found, key=lambda lock: lock.cell_id == self.cell.pk, default=None)

    def _against(self, holder: LockHolder, place: Place, most: int) -> Iterable[Lock]:
        others = [
            lock
            for lock in self.by_place[place]
            if lock.state in Lock.LIVE and lock.holder_id != holder.pk and not self._lapses(lock)
        ]
        if place[0] != Kind.PERSON:
            return others
        elsewhere = [lock for lock in others if lock.cell_id != self.cell.pk]
        # The own cell's claims of one person are its walk's to count: it knows their places in the queue.
        return elsewhere if elsewhere and len(others) >= most else ()

    def _lapses(self, lock: Lock) -> bool:
        """What ends now, because somebody else asks: a reservation past its day, or of an epoch of this cell that is over.

        While the register collects: what its own backup says, where the cell concerned has not said it anew.
        """
        if self.register.collecting:
            ends = lock.holder.generation < self.register.generation
        else:
            past = lock.until is not None and lock.until < self.now
            forgotten = lock.cell_id == self.cell.pk and lock.holder.epoch < self.asking.epoch
            ends = lock.state == Lock.State.RESERVED and (past or forgotten)
        if ends:
            self._set(lock, Lock.State.RELEASED)
        return ends

    def _grant(self, holder: LockHolder, question: Question, places: dict[Place, Key]) -> Said:
        kept = question.ask is Ask.KEEP
        self._release(holder, but=set(places))
        for place, key in places.items():
            lock = self.by_holder[holder.claim].get(place)
            if lock is None:
                lock = Lock(holder=holder, cell=self.cell, kind=place[0], index=place[1])
                self.by_holder[holder.claim][place] = lock
                self.by_place[place].append(lock)
            elif lock not in self.by_place[place]:
                self.by_place[place].append(lock)
            lock.most, lock.until = key.most, None if kept else self.until
            self._set(lock, Lock.State.KEPT if kept else Lock.State.RESERVED)
        until = None if kept else self.until
        word = Word.KEPT if kept else Word.RESERVED
        return self._enter(holder, question, word, said=Said(question.number, word, until))

    def _release(self, holder: LockHolder, *, but: set[Place]) -> None:
        for place, lock in self.by_holder[holder.claim].items():
            if place not in but and lock.state in Lock.LIVE:
                self._set(lock, Lock.State.RELEASED)

    def _set(self, lock: Lock, state: Lock.State) -> None:
        lock.state, lock.position = state, self.register.position + 1
        if state != Lock.State.RESERVED:
            lock.until = None
        self.touched[id(lock)] = lock

    def _enter(
        self,
        holder: LockHolder,
        question: Question,
        word: Word,
        *,
        said: Said | None = None,
        because_of: LockHolder | None = None,
    ) -> Said:
        self.register.position += 1
        holder.epoch, holder.number = self.asking.epoch, question.number
        holder.generation = self.register.generation
        self.entries.append(
            LockEntry(
                position=self.register.position,
                holder=holder,
                ask=question.ask,
                word=word,
                epoch=self.asking.epoch,
                number=question.number,
                generation=self.register.generation,
                at=self.now,
                because_of=because_of,
            )
        )
        return said or Said(question.number, word)


def _update(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def _place(key: Key) -> Place:
    return key.kind.value, bytes.fromhex(key.index)
