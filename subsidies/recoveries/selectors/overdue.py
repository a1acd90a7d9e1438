"""Which instalments are overdue: due before today, and not covered by what was received since their plan was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

# What was received covers the parts in the order in which they are due. One statement over all cases that are open.
_OVERDUE = """
    SELECT case_id, id, due_on, least(amount_fen, due_fen - received)::bigint AS missing
    FROM (
        SELECT i.*, sum(i.amount_fen) OVER (PARTITION BY i.case_id ORDER BY i.no) AS due_fen,
               coalesce((SELECT sum(r.amount_fen) FROM subsidies_recoveryreceipt r
                         WHERE r.case_id = c.id AND r.state = 'confirmed'), 0) - c.planned_from_fen AS received
        FROM subsidies_recoverycase c
        JOIN subsidies_recoveryinstalment i ON i.case_id = c.id AND i.plan_no = c.plan_no
        WHERE c.state = 'open' AND c.ended_at IS NULL AND (%(cases)s::bigint[] IS NULL OR c.id = ANY(%(cases)s))
    ) parts
    WHERE due_on < %(today)s AND due_fen > received
    ORDER BY case_id, due_on
"""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A part that is overdue, and how much of it is missing."""

    case_id: int
    instalment_id: int
    due_on: date
    missing_fen: int


def overdue(*, today: date, cases: Sequence[int] | None = None) -> list[Overdue]:
    """By case, the longest overdue first; of these cases alone where any are named."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"today": today, "cases": list(cases) if cases is not None else None})
        return [Overdue(*row) for row in cursor]
