"""Writing to the ledger, and proving it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from merchants.models import User
from subsidies.models import Scheme
from subsidies.services.acting import acting

# Appends the rows of a CTE `entries (kind, stage_id, claim_id, amount_fen, ref, place)` in the order of `place`.
# Parameters: scheme, at, by. The scheme must be locked (`lock_scheme`): its head is where the chain goes on.
APPEND = """
    INSERT INTO subsidies_ledgerentry
        (scheme_id, seq, kind, stage_id, claim_id, amount_fen, at, by_id, ref, prev_hash, hash)
    SELECT scheme_id, seq, kind, stage_id, claim_id, amount_fen, at, by_id, ref,
           lag(hash, 1, head) OVER (ORDER BY seq), hash
    FROM (
        SELECT *, hash_chain(head, ledger_payload(code, seq, kind, stage_no, claim_id, amount_fen, at, by_id, ref))
                  OVER (ORDER BY seq) AS hash
        FROM (
            SELECT e.*, s.id AS scheme_id, s.code, s.ledger_head AS head, st.no AS stage_no,
                   s.ledger_seq + row_number() OVER (ORDER BY e.place) AS seq,
                   %(now)s::timestamptz AS at, %(by)s::bigint AS by_id
            FROM entries e
            JOIN subsidies_scheme s ON s.id = %(scheme)s
            LEFT JOIN subsidies_stage st ON st.id = e.stage_id
        ) numbered
    ) chained
"""


class OutsideTransaction(RuntimeError):
    """A lock was asked for where it would be released at once."""


def lock_scheme(scheme: Scheme) -> Scheme:
    """Take the scheme's row for this transaction: one writer of its ledger at a time. Return it as it is now.

    Raises OutsideTransaction where there is no transaction to hold the lock.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction("lock_scheme needs a transaction")
    return Scheme.objects.select_for_update(no_key=True).get(pk=scheme.pk)


def fund_scheme(*, scheme: Scheme, amount_fen: int, by: User | None, now: datetime, ref: str = "") -> None:
    """Add money to the scheme's budget: the first funding, or a top-up. Raises ValueError unless positive."""
    if amount_fen <= 0:
        raise ValueError("funding must be positive")
    with acting("fund_scheme", by=by, now=now), connection.cursor() as cursor:
        lock_scheme(scheme)
        cursor.execute(
            "WITH entries AS (SELECT 'fund' AS kind, NULL::bigint AS stage_id, NULL::bigint AS claim_id,"
            " %(amount)s::bigint AS amount_fen, %(ref)s::text AS ref, 1 AS place)" + APPEND,
            {"scheme": scheme.pk, "now": now, "by": by.pk if by else None, "amount": amount_fen, "ref": ref},
        )


def append_for_claims(
    *, scheme: Scheme, kind: str, claim_ids: list[int], by: User | None, now: datetime
) -> None:
    """Append one row of `kind` for each claim, in order of place. The scheme must be locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH entries AS (SELECT %(kind)s::text AS kind, stage_id, id AS claim_id, amount_fen, ''::text AS ref,"  # noqa: S608
            " (completed_at, received_at, id) AS place FROM subsidies_claim WHERE id = ANY(%(claims)s))"
            + APPEND,
            {
                "scheme": scheme.pk,
                "now": now,
                "by": by.pk if by else None,
                "kind": kind,
                "claims": claim_ids,
            },
        )


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """What `verify_ledger` found wrong: at which row (None: in the sums), and what."""

    scheme: str
    seq: int | None
    what: str


# Rows whose number, predecessor or hash is not what the chain demands.
_BROKEN_LINKS = """
    SELECT seq,
           CASE WHEN seq <> expected_seq THEN 'gap'
                WHEN prev_hash <> expected_prev THEN 'predecessor'
                ELSE 'content' END
    FROM (
        SELECT e.*, s.code, st.no AS stage_no,
               row_number() OVER (ORDER BY e.seq) AS expected_seq,
               lag(e.hash, 1, decode(repeat('00', 32), 'hex')) OVER (ORDER BY e.seq) AS expected_prev
        FROM subsidies_ledgerentry e
        JOIN subsidies_scheme s ON s.id = e.scheme_id
        LEFT JOIN subsidies_stage st ON st.id = e.stage_id
        WHERE e.scheme_id = %(scheme)s
    ) chain
    WHERE seq <> expected_seq OR prev_hash <> expected_prev
       OR hash <> sha256(prev_hash || convert_to(
              ledger_payload(code, seq, kind, stage_no, claim_id, amount_fen, at, by_id, ref), 'UTF8'))
    ORDER BY seq LIMIT 20
"""

_SIGNED = """
    SELECT scheme_id, stage_id, claim_id, seq, hash,
           CASE kind WHEN 'fund' THEN amount_fen ELSE 0 END AS funded,
           CASE kind WHEN 'reserve' THEN amount_fen WHEN 'release' THEN -amount_fen WHEN 'pay' THEN -amount_fen
                     ELSE 0 END AS reserved,
           CASE kind WHEN 'pay' THEN amount_fen WHEN 'return' THEN -amount_fen ELSE 0 END AS paid
    FROM subsidies_ledgerentry WHERE scheme_id = %(scheme)s
"""

_WRONG_SCHEME_SUMS = f"""
    WITH signed AS ({_SIGNED})
    SELECT NULL::bigint, 'scheme sums' FROM subsidies_scheme s
    WHERE s.id = %(scheme)s AND (
        (s.funded_fen, s.reserved_fen, s.paid_fen, s.ledger_seq) <> (
            SELECT coalesce(sum(funded), 0)::bigint, coalesce(sum(reserved), 0)::bigint,
                   coalesce(sum(paid), 0)::bigint, coalesce(max(seq), 0) FROM signed)
        OR s.ledger_head <> coalesce((SELECT hash FROM signed ORDER BY seq DESC LIMIT 1), decode(repeat('00', 32), 'hex'))
    )
"""  # noqa: S608 - constant text

_WRONG_STAGE_SUMS = f"""
    WITH signed AS ({_SIGNED})
    SELECT NULL, 'sums of stage ' || st.no FROM subsidies_stage st
    LEFT JOIN (SELECT stage_id, sum(reserved) AS reserved, sum(paid) AS paid FROM signed GROUP BY stage_id) l
           ON l.stage_id = st.id
    WHERE st.scheme_id = %(scheme)s
      AND (st.reserved_fen, st.paid_fen) IS DISTINCT FROM
          (coalesce(l.reserved, 0)::bigint, coalesce(l.paid, 0)::bigint)
"""  # noqa: S608 - constant text

# A claim's state and its money must say the same.
_WRONG_CLAIMS = f"""
    WITH signed AS ({_SIGNED})
    SELECT NULL, 'claim ' || c.id || ' is ' || c.state || ' but reserves ' || coalesce(l.reserved, 0)
                 || ' and was paid ' || coalesce(l.paid, 0)
    FROM subsidies_claim c
    LEFT JOIN (SELECT claim_id, sum(reserved) AS reserved, sum(paid) AS paid FROM signed GROUP BY claim_id) l
           ON l.claim_id = c.id
    WHERE c.scheme_id = %(scheme)s
      AND (coalesce(l.reserved, 0), coalesce(l.paid, 0)) <>
          (CASE WHEN c.state IN ('settled', 'on_notice', 'objected', 'approved', 'in_payout', 'payout_failed',
                                 'payout_unknown') THEN c.amount_fen ELSE 0 END,
           CASE WHEN c.state IN ('paid', 'recovering') THEN c.amount_fen ELSE 0 END)
    LIMIT 20
"""  # noqa: S608 - constant text

# The tallies from which places and figures are read must be what counting all claims would give.
_WRONG_TALLIES = """
    SELECT NULL, 'tally of ' || state || ' in the hour ' || hour
    FROM (
        SELECT hour_of(completed_at) AS hour, state, count(*) AS n FROM subsidies_claim
        WHERE scheme_id = %(scheme)s GROUP BY 1, 2
    ) counted
    FULL JOIN (SELECT hour, state, count FROM subsidies_claimtally WHERE scheme_id = %(scheme)s) kept
         USING (hour, state)
    WHERE coalesce(counted.n, 0) <> coalesce(kept.count, 0)
    LIMIT 20
"""

_FAULTS = " UNION ALL ".join(
    f"({query})"
    for query in (_BROKEN_LINKS, _WRONG_SCHEME_SUMS, _WRONG_STAGE_SUMS, _WRONG_CLAIMS, _WRONG_TALLIES)
)


def verify_ledger(*, scheme: Scheme) -> list[LedgerFault]:
    """Recompute the chain, the sums of scheme and stages, each claim's money, the tallies. An empty list: all is right."""
    with connection.cursor() as cursor:  # one statement, one snapshot: writers may go on meanwhile
        cursor.execute(_FAULTS, {"scheme": scheme.pk})
        return [LedgerFault(scheme.code, seq, what) for seq, what in cursor.fetchall()]
