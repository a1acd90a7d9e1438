"""Which claims the shop may put right."""

from subsidies.models import Claim
from subsidies.states import MOVES, ClaimState


def may_be_corrected(claim: Claim) -> bool:
    """Whether the shop may still put another record in its place: until the payment is approved, or after a refusal."""
    if claim.state == ClaimState.REFUSED:
        return True
    return ClaimState.CANCELLED in MOVES[ClaimState(claim.state)] and claim.state not in (
        ClaimState.APPROVED,
        ClaimState.PAYOUT_FAILED,
    )
