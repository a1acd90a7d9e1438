"""The operator sends a payment back that is being demanded back: the money is there, so the case ends."""

from datetime import datetime

from subsidies.ledger.services.append import Piece, append_piece
from subsidies.models import Claim, RecoveryCase, Scheme
from subsidies.recoveries.selectors.kept import kept_by_claim
from subsidies.states import ClaimState


def end_by_return(*, scheme: Scheme, claim: Claim, piece: Piece, now: datetime) -> None:
    """Book what of a returned payment was not recovered before; the rest is surplus, to be given back to who paid it.

    The scheme and the claim, which is being recovered, must be locked; the payment's line says already that it came back.
    """
    back = min(piece.amount_fen, kept_by_claim(claim.pk))
    if back:
        append_piece(
            scheme=scheme, kind="return", claim=claim, piece=Piece(back, piece.ref), by=None, now=now
        )
    case = RecoveryCase.objects.select_for_update(no_key=True).get(claim=claim, state=RecoveryCase.State.OPEN)
    case.state, case.ended_at, case.surplus_fen = RecoveryCase.State.RETURNED, now, piece.amount_fen - back
    case.save(update_fields=["state", "ended_at", "surplus_fen"])
    after = ClaimState.PAID if kept_by_claim(claim.pk) else ClaimState.RECOVERED
    Claim.objects.filter(pk=claim.pk).update(state=after)
