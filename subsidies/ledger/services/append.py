"""Writing to the ledger, and proving it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.audit.proof import proof_of
from core.models import User
from subsidies.models import Claim, Scheme, SchemeChange

# The database itself numbers, chains and dates the rows, and looks up what they name (`sql/ledger.sql`); it takes them
# from a process of ours alone.
_ROWS = (
    "SELECT append_for_claims(%(scheme)s, %(kind)s, %(now)s, %(by)s, %(claims)s::bigint[], %(ref)s, %(fen)s::bigint,"
    " %(proof)s)"
)


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


def append_change(change: SchemeChange, *, now: datetime) -> None:
    """Put an approved change's money into the scheme's budget, or take it out. The scheme must be locked.

    Raises IntegrityError where it would leave less than is reserved and paid, or where two people did not make the change.
    """
    with connection.cursor() as cursor:
        proof = proof_of(f"append change {change.pk}", to=connection)
        cursor.execute("SELECT append_change(%s, %s, %s)", [change.pk, now, proof])


def append_piece(
    *, scheme: Scheme, kind: str, claim: Claim, piece: Piece, by: User | None, now: datetime
) -> None:
    """Append one row for one claim that is not about its whole subsidy. The scheme must be locked.

    Raises IntegrityError where the budget, or the claim's own money, does not allow it.
    """
    _append(scheme, kind, [claim.pk], piece, by=by, now=now)


def append_for_claims(
    *, scheme: Scheme, kind: str, claim_ids: list[int], by: User | None, now: datetime
) -> None:
    """Append one row of `kind` for each claim, in order of place. The scheme must be locked."""
    _append(scheme, kind, claim_ids, None, by=by, now=now)


def append_proof(scheme: Scheme, kind: str) -> str:
    """That a process of ours appends rows of this kind; PostgreSQL takes them from no other."""
    return proof_of(f"append {scheme.pk} {kind}", to=connection)


def _append(
    scheme: Scheme, kind: str, claim_ids: list[int], piece: Piece | None, *, by: User | None, now: datetime
) -> None:
    ref, fen = (piece.ref, piece.amount_fen) if piece else ("", None)
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS,
            {
                "scheme": scheme.pk,
                "kind": kind,
                "now": now,
                "by": by.pk if by else None,
                "claims": claim_ids,
                "ref": ref,
                "fen": fen,
                "proof": append_proof(scheme, kind),
            },
        )
