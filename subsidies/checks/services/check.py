"""Asking: which claims are due, and what the licensing systems' answers make of them.

Between the two lies the network, outside every transaction. A claim is leased by moving `next_check_at` ahead and
counting the attempt; an answer counts only for the attempt that asked, so a worker that was killed, or came back
too late, changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from core.audit.acting import acting
from core.backoff import wait_after
from core.decisions import mark, unmarked
from ebikes.licensing.answers import Answer, Problem
from ebikes.models import LicensingAnswer, LicensingSystem
from subsidies.cells.selectors.locks import is_cell
from subsidies.checks.selectors.cases import load_cases
from subsidies.checks.selectors.elsewhere import under_their_schemes
from subsidies.checks.services.evidence import keep_answer
from subsidies.claims.selectors.record import is_of_its_record
from subsidies.claims.services.alarm import hold_unproved
from subsidies.engine.checks import Assessment, assess
from subsidies.marked import ANSWERED, CHECKED
from subsidies.models import Claim, EligibilityCheck, Stage
from subsidies.schemes.calendar import lock_calendar
from subsidies.states import DUE, in_sql

Answers = Mapping[str, Answer[Any]]


@dataclass(frozen=True, slots=True)
class DueClaim:
    """A claim leased for one attempt, and the plates to ask about (None: that system has answered already)."""

    id: int
    trade_in_id: int
    attempt: int
    received_at: datetime
    exing_plate: str | None
    yunshenling_plate: str | None


# MATERIALIZED: what is picked is picked once. As a subquery, some plans would run it again for every row, past the limit.
_LEASE = f"""
    WITH due AS MATERIALIZED (
        SELECT id FROM subsidies_claim
        WHERE state IN ({in_sql(DUE)}) AND next_check_at <= %(now)s
        ORDER BY next_check_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE subsidies_claim c
    SET state = 'checking', check_attempts = check_attempts + 1, next_check_at = %(until)s
    FROM due, ebikes_tradein t
    WHERE c.id = due.id AND t.id = c.trade_in_id
    RETURNING c.id, c.trade_in_id, c.check_attempts, c.received_at,
              CASE WHEN c.exing_answer_id IS NULL THEN c.filing_plate_no END,
              CASE WHEN c.yunshenling_answer_id IS NULL THEN t.digital_plate_no END
"""  # noqa: S608 - constant text


def lease_due_claims(*, limit: int, now: datetime) -> list[DueClaim]:
    """Take up to `limit` claims that are due, for `CHECK_LEASE_SECONDS`; other workers pass them by."""
    until = now + timedelta(seconds=settings.CHECK_LEASE_SECONDS)
    with acting("lease_due_claims", by=None, now=now), connection.cursor() as cursor:
        cursor.execute(_LEASE, {"limit": limit, "now": now, "until": until})
        return [DueClaim(*row) for row in cursor.fetchall()]


def record_answers(
    due: Sequence[DueClaim],
    *,
    exing: Answers,
    yunshenling: Answers,
    now: datetime,
    review_after: timedelta | None = None,
) -> None:
    """Keep every answer as evidence; decide the claims that both systems have answered, put the others off.

    `exing` and `yunshenling` map plates to answers. Claims that somebody else has moved on meanwhile are left alone. What
    is unknown for longer than `review_after` (CHECK_REVIEW_AFTER_HOURS, unless it is said) goes to a person.
    """
    with acting("record_answers", by=None, now=now):
        lock_calendar()
        held = _still_ours(due)
        kept = LicensingAnswer.objects.bulk_create(
            keep_answer(d.trade_in_id, system, answers[plate])
            for d in held
            for system, plate, answers in (
                (LicensingSystem.EXING, d.exing_plate, exing),
                (LicensingSystem.YUNSHENLING, d.yunshenling_plate, yunshenling),
            )
            if plate is not None and answers[plate].problem != Problem.BREAKER_OPEN  # it was not asked at all
        )
        known = {
            (a.trade_in_id, a.system): a.pk for a in kept if a.outcome != LicensingAnswer.Outcome.UNKNOWN
        }
        _point_to_answers(held, known)
        _ask_anew_what_is_unproved([d.id for d in held], fresh=set(known.values()), now=now)
        decided = _assess_complete([d.id for d in held], now=now)
        open_ones = {d.trade_in_id for d in held if d.id not in decided}
        waiting = [pk for (trade_in, _system), pk in known.items() if trade_in in open_ones]
        mark(ANSWERED, waiting, at=now)
        patience = (
            timedelta(hours=settings.CHECK_REVIEW_AFTER_HOURS) if review_after is None else review_after
        )
        _put_off([d for d in held if d.id not in decided], now=now, patience=patience)


def _still_ours(due: Sequence[DueClaim]) -> list[DueClaim]:
    attempts = dict(
        Claim.objects.select_for_update(no_key=True)
        .filter(pk__in=[d.id for d in due], state="checking")
        .order_by("pk")
        .values_list("pk", "check_attempts")
    )
    return [d for d in due if attempts.get(d.id) == d.attempt]


def _point_to_answers(held: Sequence[DueClaim], known: Mapping[tuple[int, str], int]) -> None:
    rows = [
        {
            "id": d.id,
            "exing": known.get((d.trade_in_id, LicensingSystem.EXING)),
            "yunshenling": known.get((d.trade_in_id, LicensingSystem.YUNSHENLING)),
        }
        for d in held
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE subsidies_claim c SET exing_answer_id = coalesce(d.exing, exing_answer_id),"
            " yunshenling_answer_id = coalesce(d.yunshenling, yunshenling_answer_id)"
            " FROM jsonb_to_recordset(%s::jsonb) AS d(id bigint, exing bigint, yunshenling bigint) WHERE c.id = d.id",
            [json.dumps(rows)],
        )


def _ask_anew_what_is_unproved(claim_ids: Sequence[int], *, fresh: set[int], now: datetime) -> None:
    """An answer that nobody of ours kept is no answer: an alarm, and both systems are asked anew."""
    pointing = Claim.objects.filter(pk__in=claim_ids).values_list("pk", "exing_answer", "yunshenling_answer")
    earlier = {claim: {*answers} - fresh - {None} for claim, *answers in pointing}
    forged = unmarked(ANSWERED, set().union(*earlier.values()))
    concerned = [claim for claim, answers in earlier.items() if answers & forged]
    if concerned:
        Claim.objects.filter(pk__in=concerned).update(exing_answer=None, yunshenling_answer=None)
        hold_unproved({claim: [ANSWERED.name] for claim in concerned}, now=now)


_DECIDE = """
    UPDATE subsidies_claim c
    SET state = d.state, refusals = d.refusals, stage_id = d.stage_id, amount_fen = d.amount_fen,
        completed_at = d.completed_at, completed_by = d.completed_by, next_check_at = NULL,
        scheme_id = d.scheme_id, policy_id = d.policy_id
    FROM jsonb_to_recordset(%s::jsonb) AS d(id bigint, scheme_id bigint, policy_id bigint, state text,
        refusals text[], stage_id bigint, amount_fen bigint, completed_at timestamptz, completed_by text)
    WHERE c.id = d.id
"""


def _assess_complete(claim_ids: Sequence[int], *, now: datetime) -> set[int]:
    """Put every claim that has both answers through the checks, under the scheme of its completion; return those."""
    cases = under_their_schemes(load_cases(claim_ids, now=now))
    if is_cell():  # what the lock register has not answered waits for it, as for a system
        cases = [(claim, case) for claim, case in cases if case.taken_elsewhere is not None]
    assessed = [(claim, assess(case)) for claim, case in cases]
    stages = {
        (s.scheme_id, s.no): s.pk for s in Stage.objects.filter(scheme__in={c.scheme_id for c, _ in cases})
    }
    papers = {claim.pk: [paper.id for paper in case.papers] for claim, case in cases}
    EligibilityCheck.objects.bulk_create(
        _check_row(claim, found, papers[claim.pk], now=now) for claim, found in assessed
    )
    rows = [
        {
            "id": claim.pk,
            "scheme_id": claim.scheme_id,
            "policy_id": claim.policy_id,
            "state": "refused" if found.refusals else "eligible",
            "refusals": found.refusals,
            "stage_id": stages.get((claim.scheme_id, found.stage_no or 0)),
            "amount_fen": found.amount_fen,
            "completed_at": found.completed_at.isoformat(),
            "completed_by": found.completed_by,
        }
        for claim, found in assessed
    ]
    with connection.cursor() as cursor:
        cursor.execute(_DECIDE, [json.dumps(rows)])
    _vouch_for([claim for claim, found in assessed if not found.refusals], now=now)
    return {claim.pk for claim, _ in assessed}


def _vouch_for(passed: Sequence[Claim], *, now: datetime) -> None:
    """Mark those that passed; but no record that was changed, or written, past the door that all come in by."""
    changed = {claim.pk for claim in passed if not is_of_its_record(claim)}
    mark(CHECKED, [claim.pk for claim in passed if claim.pk not in changed], at=now)
    hold_unproved({pk: [CHECKED.name] for pk in changed}, now=now)


def _check_row(claim: Claim, found: Assessment, papers: list[int], *, now: datetime) -> EligibilityCheck:
    return EligibilityCheck(
        claim=claim,
        results=found.results,
        exing_answer=claim.exing_answer,
        yunshenling_answer=claim.yunshenling_answer,
        papers=papers,
        policy_id=claim.policy_id,
        completed_at=found.completed_at,
        completed_by=found.completed_by,
        checked_at=now,
    )


def _put_off(waiting: Sequence[DueClaim], *, now: datetime, patience: timedelta) -> None:
    """An unknown answer is asked again with back-off; past the limit a person decides."""
    tired = [d.id for d in waiting if now - d.received_at > patience]
    Claim.objects.filter(pk__in=tired).update(state="review", next_check_at=None)
    for attempt in {d.attempt for d in waiting}:
        again = [d.id for d in waiting if d.attempt == attempt and d.id not in tired]
        Claim.objects.filter(pk__in=again).update(next_check_at=now + wait_after(attempt))
