"""Asking the lock register: which questions are due, and what becomes of the answers. The network lies between the two.

A question is leased by moving `next_ask_at` ahead; an answer counts for the question that was asked and not for a newer
one. What is not answered is unknown: it is asked again with back-off, nobody is paid for it, and nobody loses a place.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Max, QuerySet

from core.audit.acting import acting
from core.privacy.sealing import UnreadableSecret
from subsidies.cells.keys import keys_of
from subsidies.cells.register import ask_register
from subsidies.cells.selectors.locks import lies_behind
from subsidies.cells.services.record import record_words
from subsidies.locks.protocol import ANSWERED, MOST, Answer, Ask, Asking, Question
from subsidies.models import Cell, LockQuestion

logger = logging.getLogger(__name__)
Due = Sequence[LockQuestion]


class LiesBehind(Exception):
    """The register has heard more of this cell than its database knows: it was restored from a backup. Its args: how."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one look came to: whether the register answered at all, and how many questions it was asked."""

    answered: bool
    asked: int


NOBODY = Sweep(answered=False, asked=0)


def sweep_questions(*, now: datetime) -> Sweep:
    """Ask one lot of what is due; without any, greet the register, so that it is known who is there. Raises LiesBehind."""
    cell = Cell.objects.first()
    if cell is None or lies_behind():
        return NOBODY
    due = _lease(now=now)
    answer = _ask(cell, due)
    if answer is None:
        return NOBODY
    _record(cell, due, answer, now=now)
    return Sweep(answered=True, asked=len(due))


def not_kept(claims: Collection[int], *, now: datetime) -> set[int] | None:
    """Ask the register at this very moment whether it keeps these claims, of which money is about to leave; return those
    that it does not. None where it does not say. Raises LiesBehind.
    """
    cell = Cell.objects.first()
    if cell is None:
        return set()
    due = list(_with_all(LockQuestion.objects.filter(claim__in=claims, in_force=True)))
    kept = [each for each in due if each.ask == Ask.KEEP]
    for start in range(0, len(kept), MOST):
        some = kept[start : start + MOST]
        answer = None if lies_behind() else _ask(cell, some)
        if answer is None:
            return None
        _record(cell, some, answer, now=now)
        if not all(said.word in ANSWERED for said in answer.words):
            return None
    held = LockQuestion.objects.filter(claim__in=claims, in_force=True, word=LockQuestion.Word.KEPT)
    return set(claims) - set(held.filter(answered_at=now).values_list("claim", flat=True))


def _with_all(questions: QuerySet[LockQuestion]) -> QuerySet[LockQuestion]:
    return questions.select_related("claim__owner", "claim__policy", "claim__trade_in")


def _lease(*, now: datetime) -> Due:
    with acting("lease_lock_questions", by=None, now=now):
        ids = list(
            LockQuestion.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(next_ask_at__lte=now)
            .order_by("next_ask_at", "pk")
            .values_list("pk", flat=True)[:MOST]
        )
        until = now + timedelta(seconds=settings.CHECK_LEASE_SECONDS)
        LockQuestion.objects.filter(pk__in=ids).update(next_ask_at=until, tries=F("tries") + 1)
    return list(_with_all(LockQuestion.objects.filter(pk__in=ids).order_by("pk")))


def _ask(cell: Cell, due: Due) -> Answer | None:
    """Outside of every lock."""
    held = LockQuestion.objects.filter(in_force=True, word__in=LockQuestion.HELD)
    asking = Asking(
        *(cell.code, cell.epoch, cell.generation, cell.position),
        told_anew=not held.filter(generation__lt=cell.generation).exists(),
        questions=_questions(due),
    )
    return ask_register(asking)


def _questions(due: Due) -> tuple[Question, ...]:
    """The newest about each record; what an ended claim gives up can wait for the next turn.

    A person's number that does not open is not asked about, and the answer stays unknown.
    """
    earlier = LockQuestion.objects.filter(claim__in=[each.claim_id for each in due], in_force=False)
    granted = {*earlier.filter(word__in=LockQuestion.HELD).values_list("claim", flat=True)}
    found: dict[str, Question] = {}
    for each in sorted(due, key=lambda question: question.pk):
        ask, record = Ask(each.ask), each.claim.trade_in.record_no
        held = each.word in LockQuestion.HELD or (ask is Ask.KEEP and each.claim_id in granted)
        try:
            keys = () if ask is Ask.RELEASE else keys_of(each.claim)
            found[record] = Question(each.pk, record, ask, keys, held)
        except UnreadableSecret:
            logger.error("alarm: who the owner of claim %s is does not open", each.claim_id)
    return tuple(found.values())


def _record(cell: Cell, due: Due, answer: Answer, *, now: datetime) -> None:
    _demand_that_nothing_is_lost(cell, answer, now=now)
    with acting("record_lock_answers", by=None, now=now):
        record_words([each.pk for each in due], answer, now=now)


def _demand_that_nothing_is_lost(cell: Cell, answer: Answer, *, now: datetime) -> None:
    with acting("hear_register", by=None, now=now):
        Cell.objects.filter(heard_epoch__lt=answer.epoch).update(heard_epoch=answer.epoch)
    known = LockQuestion.objects.aggregate(last=Max("pk"))["last"] or 0
    if answer.epoch > cell.epoch:
        raise LiesBehind(f"the register knows epoch {answer.epoch} of this cell, here it is {cell.epoch}")
    if answer.epoch == cell.epoch and answer.seen > known:
        raise LiesBehind(f"the register was asked question {answer.seen}, here the last is {known}")
