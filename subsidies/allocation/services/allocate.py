"""Allocation: the walk down the queue (`subsidies.engine.queue`), as a few statements over all open claims at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from core.audit.acting import acting
from core.models import User
from core.query_planner import expect_many_rows
from subsidies.allocation.services.due import is_due, leave_due, take_due
from subsidies.allocation.walk import OF_PEOPLE, OPEN_CLAIMS, walk, walk_parameters
from subsidies.ledger.services.append import append_proof, lock_scheme
from subsidies.models import PolicyVersion, Scheme

# Move what the walk decided, and reserve the money of what it settled, in one statement.
_SETTLE = """
    , moved AS (
        UPDATE subsidies_claim c
        SET state = d.state, refusals = CASE d.state WHEN 'refused' THEN ARRAY['person_cap'] ELSE c.refusals END
        FROM decided d WHERE d.id = c.id AND d.state <> c.state
        RETURNING c.id, c.state
    ), counted AS (
        SELECT count(*) FILTER (WHERE state = 'settled') AS settled,
               count(*) FILTER (WHERE state = 'waitlisted') AS waitlisted,
               count(*) FILTER (WHERE state = 'refused') AS refused, array_agg(id) FILTER (WHERE state = 'settled') AS ids
        FROM moved
    ), ripening AS (
        SELECT min(completed_at) + %(lag)s AS at FROM queue WHERE eligible AND completed_at + %(lag)s > %(now)s::timestamptz
    )
    SELECT settled, waitlisted, refused, ripening.at,
           append_for_claims(%(scheme)s, 'reserve', %(now)s, %(by)s, ids, '', NULL, %(proof)s)
    FROM counted, ripening
"""
_SETTLE_ALL = walk(asking=OPEN_CLAIMS) + _SETTLE
_SETTLE_THESE = walk(asking=OF_PEOPLE) + _SETTLE

# Even where nothing says so, a queue is walked whole once a day.
AT_LEAST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Allocation:
    """How many claims one run moved."""

    settled: int
    waitlisted: int
    refused: int


NOTHING = Allocation(0, 0, 0)


def allocate(*, scheme: Scheme, now: datetime, by: User | None = None, whole: bool = False) -> Allocation:
    """Settle, waitlist or refuse (person_cap) every claim that the walk decides; leave the rest as they are.

    One allocator per scheme at a time: it holds the scheme's row, and the sums' CHECK constraints have the last word. Where
    nothing changed since the last walk it returns at once, and holds nothing; `whole` walks all the same. A scheme that is
    not open allots nothing: what it is due for stays, until it is open again.
    """
    if not whole and not is_due(scheme, now=now):
        return NOTHING
    with acting("allocate", by=by, now=now):
        locked = lock_scheme(scheme)
        if not locked.is_open:
            return NOTHING
        due = take_due(locked, now=now)
        return _walk(locked, due, now=now, by=by) if whole or due else NOTHING


def _walk(scheme: Scheme, due: set[int | None], *, now: datetime, by: User | None) -> Allocation:
    """Where nobody can get anything, only those are walked whose own claims changed: the others stay where they are."""
    policy, left = scheme.policy, scheme.available_fen
    people = sorted(each for each in due if each is not None)
    these = people if people and None not in due and left < _least_amount(scheme) else None
    parameters = walk_parameters(scheme=scheme, terms=policy, left_fen=left, now=now)
    with connection.cursor() as cursor:
        if these is None:
            expect_many_rows(cursor)
        cursor.execute(
            _SETTLE_ALL if these is None else _SETTLE_THESE,
            parameters
            | {"by": by.pk if by else None, "owners": these, "proof": append_proof(scheme, "reserve")},
        )
        settled, waitlisted, refused, ripening, _appended = cursor.fetchone()
    if these is None:
        leave_due(scheme, at=min(ripening or now + AT_LEAST, now + AT_LEAST))
    return Allocation(settled, waitlisted, refused)


def _least_amount(scheme: Scheme) -> int:
    """The smallest subsidy, in fen, that a claim of this scheme can ask for, under any version of its policy."""
    versions = PolicyVersion.objects.filter(scheme=scheme).values_list("stages", flat=True)
    return min((stage["amount_fen"] for stages in versions for stage in stages), default=0)
