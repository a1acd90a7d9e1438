"""The three-way match: ledger = order lines = statement, payment by payment."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

# `made`: every payment that our book has as made on these days, also where it came back since. The ledger's rows of a claim
# are matched in their order, since a claim may have been paid, returned, and paid again. Of a payment that came back after a
# part of it was recovered, the ledger takes back the rest only; what was kept for another claim (set-off) no operator paid.
_FOUND = """
    WITH made AS (
        SELECT l.id, l.claim_id, l.request_no, l.amount_fen, l.state,
               (l.finished_at AT TIME ZONE 'Asia/Shanghai')::date AS day
        FROM subsidies_payoutline l
        WHERE l.state IN ('success', 'returned')
          AND l.finished_at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
          AND l.finished_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
    ),
    booked AS (
        SELECT e.claim_id, e.amount_fen, count(*) FILTER (WHERE kind = 'pay') AS paid,
               count(*) FILTER (WHERE kind = 'return') AS back
        FROM subsidies_ledgerentry e
        WHERE e.kind IN ('pay', 'return') AND e.claim_id IN (SELECT claim_id FROM made)
          AND (e.ref = '' OR EXISTS (
              SELECT FROM subsidies_supplement s WHERE s.claim_id = e.claim_id AND s.ref = e.ref))
        GROUP BY 1, 2
    ),
    ordered AS (
        SELECT claim_id, amount_fen, count(*) AS paid, count(*) FILTER (WHERE state = 'returned') AS back
        FROM subsidies_payoutline
        WHERE state IN ('success', 'returned') AND claim_id IN (SELECT claim_id FROM made)
        GROUP BY 1, 2
    ),
    told AS (
        SELECT e.*, l.id AS line_id, l.state, l.amount_fen AS ours_fen,
               (l.finished_at AT TIME ZONE 'Asia/Shanghai')::date AS our_day, p.id IS NOT NULL AS read_back
        FROM subsidies_statemententry e
        LEFT JOIN subsidies_payoutline l ON l.request_no = e.number AND l.state <> 'discarded'
        LEFT JOIN subsidies_operatorpayment p ON p.number = e.number
        WHERE e.day BETWEEN %(first)s AND %(last)s
    )
    SELECT number, kind, day, ours, theirs, line_id FROM (
        SELECT number, day, line_id,
               CASE WHEN times > 1 THEN 'twice'
                    WHEN contradicts <> '' THEN 'contra'
                    WHEN line_id IS NULL AND NOT returned AND NOT read_back THEN 'theirs'
                    WHEN line_id IS NULL THEN NULL
                    WHEN ours_fen <> amount_fen THEN 'amount'
                    WHEN NOT payee_agrees THEN 'payee'
                    WHEN returned AND state = 'success' THEN 'returned'
                    WHEN state IN ('failed', 'returned', 'ready') AND NOT returned THEN 'state'
                    WHEN state = 'unknown' THEN 'pending'
                    WHEN last_reading_id <> %(reading)s THEN 'gone'
                    WHEN state IN ('success', 'returned') AND our_day <> day THEN 'day' END AS kind,
               CASE WHEN line_id IS NULL THEN '' ELSE concat_ws(' ', state, ours_fen, our_day) END AS ours,
               concat_ws(' ', CASE WHEN returned THEN 'returned' ELSE 'paid' END, amount_fen, day,
                         CASE WHEN times > 1 THEN '×' || times END, nullif(contradicts, '')) AS theirs
        FROM told
        UNION ALL
        SELECT m.request_no, m.day, m.id, 'ours', concat_ws(' ', m.state, m.amount_fen, m.day), ''
        FROM made m LEFT JOIN subsidies_statemententry e ON e.number = m.request_no
        WHERE e.id IS NULL AND m.state = 'success'
        UNION ALL
        SELECT m.request_no, m.day, m.id, 'ledger', concat_ws(' ', m.state, m.amount_fen, m.day),
               concat_ws(' ', 'pay', coalesce(b.paid, 0), 'return', coalesce(b.back, 0))
        FROM made m JOIN ordered o USING (claim_id, amount_fen) LEFT JOIN booked b USING (claim_id, amount_fen)
        WHERE o.paid IS DISTINCT FROM b.paid OR (o.back IS DISTINCT FROM b.back AND NOT EXISTS (
            SELECT FROM subsidies_ledgerentry e WHERE e.claim_id = m.claim_id AND e.kind = 'recover'))
        UNION ALL
        SELECT 'ledger ' || s.code || '#' || e.seq, (e.at AT TIME ZONE 'Asia/Shanghai')::date, NULL, 'ledger', '',
               concat_ws(' ', e.kind, e.amount_fen)
        FROM subsidies_ledgerentry e JOIN subsidies_scheme s ON s.id = e.scheme_id
        WHERE e.kind = 'pay' AND (e.ref = '' OR EXISTS (
              SELECT FROM subsidies_supplement s WHERE s.claim_id = e.claim_id AND s.ref = e.ref))
          AND e.at >= %(first)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
          AND e.at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
          AND NOT EXISTS (SELECT FROM subsidies_payoutline l
                          WHERE l.claim_id = e.claim_id AND l.state IN ('success', 'returned'))
    ) found WHERE kind IS NOT NULL ORDER BY day, number, kind
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One payment of which the three do not say the same. `ours`, `theirs`: what each says, in words and fen."""

    number: str
    kind: str
    day: date
    ours: str
    theirs: str
    line_id: int | None


def find_differences(*, first: date, last: date, reading_id: int) -> list[Found]:
    """Every difference of these days (Asia/Shanghai, both included), as this reading of the statement leaves it."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, {"first": first, "last": last, "reading": reading_id})
        return [
            Found(n, kind, day, ours[:64], theirs[:64], line) for n, kind, day, ours, theirs, line in cursor
        ]
