"""What the register said is written down, and whoever waited for it goes on."""

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Greatest

from core.backoff import wait_after
from subsidies.locks.protocol import ANSWERED, Answer, Said, Word
from subsidies.models import Cell, Claim, Hold, LockQuestion
from subsidies.states import PENDING, ClaimState

logger = logging.getLogger(__name__)


def record_words(asked: Collection[int], answer: Answer, *, now: datetime) -> None:
    """Keep each answer that still is about the question in force; in the caller's `acting`."""
    _remember_register(answer, now=now)
    in_force = {
        each.pk: each
        for each in LockQuestion.objects.select_for_update(no_key=True)
        .filter(pk__in=asked, in_force=True)
        .order_by("pk")
    }
    changed: list[LockQuestion] = []
    for said in answer.words:
        question = in_force.get(said.number)
        if question is not None:
            _hear(question, said, answer, now=now)
            changed.append(question)
    fields = [
        "word",
        "generation",
        "answered_at",
        "until",
        "next_ask_at",
        "tries",
        "cell",
        "record_no",
        "kind",
    ]
    LockQuestion.objects.bulk_update(changed, fields, batch_size=500)
    told = [each for each in changed if each.word]
    _wake([each.claim_id for each in told], now=now)
    _hold_what_is_taken([each for each in told if each.word == LockQuestion.Word.TAKEN], now=now)


def _hear(question: LockQuestion, said: Said, answer: Answer, *, now: datetime) -> None:
    if said.word is Word.STALE and question.ask == LockQuestion.Ask.RELEASE:
        # Another claim of the same record has been asked about since, and has what this one gave up.
        _answer(question, replace(said, word=Word.RELEASED), answer, now=now)
    elif said.word in ANSWERED:
        _answer(question, said, answer, now=now)
    else:
        question.next_ask_at = now + wait_after(max(question.tries, 1))


def _answer(question: LockQuestion, said: Said, answer: Answer, *, now: datetime) -> None:
    question.word, question.generation, question.answered_at = said.word.value, answer.generation, now
    question.until, question.tries = said.until, 0
    question.cell, question.record_no, question.kind = said.cell, said.claim, said.kind
    # A reservation is asked for again when half of it is over; all else stays as it is said.
    question.next_ask_at = now + (said.until - now) / 2 if said.until else None


def _remember_register(answer: Answer, *, now: datetime) -> None:
    """Where it was restored, it is told anew all that it has granted: by the questions themselves, asked once more."""
    before = Cell.objects.select_for_update().get()
    Cell.objects.update(
        generation=Greatest(F("generation"), answer.generation),
        position=Greatest(F("position"), answer.position),
        told_at=now,
    )
    if answer.generation > before.generation and before.generation:
        logger.error("alarm: the lock register was restored (generation %s)", answer.generation)
        held = LockQuestion.objects.filter(in_force=True, word__in=LockQuestion.HELD)
        held.filter(generation__lt=answer.generation).update(next_ask_at=now)


def _wake(claims: list[int], *, now: datetime) -> None:
    """Those that had both systems' answers, and waited for this alone, are checked at the next turn."""
    waiting = Claim.objects.filter(pk__in=claims, state=ClaimState.CHECKING, next_check_at__isnull=False)
    waiting.filter(exing_answer__isnull=False, yunshenling_answer__isnull=False).update(next_check_at=now)


def _hold_what_is_taken(questions: list[LockQuestion], *, now: datetime) -> None:
    """While it is checked the claim is refused by the checks. Later a person looks; place and money stay meanwhile."""
    live = Claim.objects.filter(pk__in=[each.claim_id for each in questions], live=True)
    granted = {*live.exclude(state__in=PENDING).values_list("pk", flat=True)}
    held = {
        each.claim_id: {"cell": each.cell, "record": each.record_no, "what": each.kind}
        for each in questions
        if each.claim_id in granted
    }
    if held:
        logger.error("alarm: claims of other cells hold what these claims were granted: %s", sorted(held))
    Hold.objects.bulk_create(
        (
            Hold(claim_id=claim, kind=Hold.Kind.ELSEWHERE, evidence=told, placed_at=now)
            for claim, told in sorted(held.items())
        ),
        ignore_conflicts=True,
    )
