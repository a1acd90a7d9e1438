"""Writing to the ledger, and proving it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.audit.acting import acting
from core.models import User
from subsidies.models import Claim, Scheme

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


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a claim's money, known by what it is paid or kept for: `ref` names it in the ledger ('': the subsidy)."""

    amount_fen: int
    ref: str = ""


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
    _change_budget("fund", scheme=scheme, amount_fen=amount_fen, by=by, now=now, ref=ref)


def cut_scheme(*, scheme: Scheme, amount_fen: int, by: User | None, now: datetime, ref: str = "") -> None:
    """Take money out of the budget that nobody was promised. Raises ValueError unless positive.

    Raises IntegrityError where it would leave less than is reserved and paid.
    """
    _change_budget("cut", scheme=scheme, amount_fen=amount_fen, by=by, now=now, ref=ref)


def _change_budget(
    kind: str, *, scheme: Scheme, amount_fen: int, by: User | None, now: datetime, ref: str
) -> None:
    if amount_fen <= 0:
        raise ValueError("funding must be positive")
    with acting(f"{kind}_scheme", by=by, now=now), connection.cursor() as cursor:
        lock_scheme(scheme)
        cursor.execute(
            "WITH entries AS (SELECT %(kind)s::text AS kind, NULL::bigint AS stage_id, NULL::bigint AS claim_id,"
            " %(amount)s::bigint AS amount_fen, %(ref)s::text AS ref, 1 AS place)" + APPEND,
            {
                "scheme": scheme.pk,
                "now": now,
                "by": by.pk if by else None,
                "kind": kind,
                "amount": amount_fen,
                "ref": ref,
            },
        )


def append_piece(
    *, scheme: Scheme, kind: str, claim: Claim, piece: Piece, by: User | None, now: datetime
) -> None:
    """Append one row for one claim that is not about its whole subsidy. The scheme must be locked.

    Raises IntegrityError where the budget, or the claim's own money, does not allow it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH entries AS (SELECT %(kind)s::text AS kind, stage_id, id AS claim_id,"  # noqa: S608
            " %(amount)s::bigint AS amount_fen, %(ref)s::text AS ref, 1 AS place"
            " FROM subsidies_claim WHERE id = %(claim)s)" + APPEND,
            {
                "scheme": scheme.pk,
                "now": now,
                "by": by.pk if by else None,
                "kind": kind,
                "claim": claim.pk,
                "amount": piece.amount_fen,
                "ref": piece.ref,
            },
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
