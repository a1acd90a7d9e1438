"""The register answers a cell: one request at a time, in the order in which it takes them.

Every request holds the register's one row until it commits, so that of two cells that ask for the same bike one comes first;
`one_key_has_one_live_lock` would refuse the second even so. Asked twice is asked once: each question is judged anew by what
is locked now, and one that a newer question has overtaken changes nothing.
"""

from datetime import datetime, timedelta

from django.conf import settings

from core.audit.acting import acting
from subsidies.locks.anchor import Reached, reached, remember
from subsidies.locks.known import known_cells
from subsidies.locks.protocol import Answer, Asking, Refusal, Said
from subsidies.locks.services.desk import Desk
from subsidies.models import Lock, LockCell, LockRegister


def answer_cell(asking: Asking, *, now: datetime) -> Answer:
    """Judge the questions of a cell, whose signature was believed. How far the register has come is on the disk before this
    returns. Raises UnreadableLockAnchor.
    """
    with acting("answer_cell", by=None, now=now):
        register = _take_register()
        _see_that_nothing_is_lost(register, behind=max(reached(), (0, asking.heard), key=_position))
        cell, _new = LockCell.objects.get_or_create(code=asking.cell)
        words: tuple[Said, ...] = ()
        refusal = ""
        if asking.epoch < cell.epoch:
            refusal = Refusal.OLD_EPOCH.value
        else:
            _hear(cell, asking, register, now=now)
            words = _judge(register, cell, asking, now=now)
        register.save()
        answer = Answer(
            *(register.generation, register.position, cell.epoch, cell.seen),
            collecting=register.collecting,
            refusal=refusal,
            words=words,
        )
    remember((answer.generation, answer.position))
    return answer


def _take_register() -> LockRegister:
    LockRegister.objects.bulk_create([LockRegister(pk=1)], ignore_conflicts=True)
    return LockRegister.objects.select_for_update().get()


def _position(reached_by: Reached) -> int:
    return reached_by[1]


def _see_that_nothing_is_lost(register: LockRegister, *, behind: Reached) -> None:
    """Somebody knows of more than this database does: it was restored, and what it has forgotten the cells must tell."""
    if behind[1] > register.position:
        register.generation = max(register.generation, behind[0]) + 1
        register.position, register.collecting = behind[1], True


def _hear(cell: LockCell, asking: Asking, register: LockRegister, *, now: datetime) -> None:
    if asking.epoch > cell.epoch:
        cell.epoch, cell.seen = asking.epoch, 0
    cell.seen = max(cell.seen, *(each.number for each in asking.questions), 0)
    if asking.told_anew and asking.generation == register.generation:
        cell.told_anew = register.generation
        _forget_what_was_not_said(cell, register)
    cell.heard_at = now
    cell.save()
    if register.collecting:
        told = LockCell.objects.filter(told_anew=register.generation).values_list("code", flat=True)
        register.collecting = not {*known_cells()} <= {*told}


def _forget_what_was_not_said(cell: LockCell, register: LockRegister) -> None:
    """The backup knew of it, the cell does not hold it any more: it was released meanwhile."""
    if register.collecting:
        left = Lock.objects.filter(cell=cell, state__in=Lock.LIVE, holder__generation__lt=register.generation)
        left.update(state=Lock.State.RELEASED, until=None, position=register.position)


def _judge(register: LockRegister, cell: LockCell, asking: Asking, *, now: datetime) -> tuple[Said, ...]:
    desk = Desk(register, cell, asking, now=now, until=now + timedelta(days=settings.LOCK_DAYS))
    said = tuple(map(desk.judge, desk.in_order()))
    desk.write_down()
    return said
