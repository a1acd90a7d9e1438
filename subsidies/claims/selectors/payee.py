"""Where a claim's money goes."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.privacy.sealing import blind_index
from subsidies.models import Claim, PayeeChange, Supplement
from subsidies.states import ENDED, ClaimState

_TOO_LATE = (
    *ENDED,
    ClaimState.IN_PAYOUT,
    ClaimState.PAYOUT_UNKNOWN,
    ClaimState.PAID,
    ClaimState.RECOVERING,
    ClaimState.WRITTEN_OFF,
)


@dataclass(frozen=True, slots=True)
class Payee:
    """What a payment is addressed to; a wallet goes before a phone."""

    phone: str | None
    wallet_no: str | None
    wallet_operator: str

    @property
    def index(self) -> bytes:
        """The blind index of what is paid to, as the tables have it. Raises ValueError where there is nothing."""
        if self.wallet_no:
            return blind_index(self.wallet_no, context="wallet_no")
        if not self.phone:
            raise ValueError("a payee without an address")
        return blind_index(self.phone, context="phone")


def payees_of(claims: Iterable[Claim]) -> dict[int, Payee]:
    """The payee of each claim (with its `trade_in` loaded), by the claim's id; two queries at most."""
    claims = list(claims)
    payees = {c.pk: Payee(c.trade_in.phone, c.trade_in.wallet_no, c.trade_in.wallet_operator) for c in claims}
    for change in PayeeChange.objects.filter(claim__in=payees).order_by("pk"):
        payees[change.claim_id] = Payee(change.phone, change.wallet_no, change.wallet_operator)
    return payees


def may_change_payee(claim: Claim) -> bool:
    """Whether a change would still reach the payment, of the subsidy or of a supplement to it."""
    if claim.state not in _TOO_LATE:
        return True
    waits = (Supplement.State.RESERVED, Supplement.State.FAILED)
    return claim.state == ClaimState.PAID and claim.supplements.filter(state__in=waits).exists()
