"""Where a claim's money goes."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.privacy.masks import mask_phone, mask_wallet
from core.privacy.sealing import UnreadableSecret, blind_index, fingerprint
from core.privacy.unreadable import Unreadable
from ebikes.models import TradeIn
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
    altered: bool = (
        False  # what stands in the tables is not what was sealed there: there is nobody to be paid
    )

    @property
    def index(self) -> bytes:
        """The blind index of what is paid to, as the tables have it. Raises ValueError where there is nothing."""
        if self.wallet_no:
            return blind_index(self.wallet_no, context="wallet_no")
        if not self.phone:
            raise ValueError("a payee without an address")
        return blind_index(self.phone, context="phone")

    def digest(self, claim: int) -> bytes:
        """The same of this claim's payee, for good: no key of indexes changes it, and no other claim has an equal one."""
        paid_to = f"wallet\x1f{self.wallet_no}" if self.wallet_no else f"phone\x1f{self.phone}"
        return fingerprint(f"{claim}\x1f{paid_to}", context="subsidies.payeecheck")


ALTERED = Payee(None, None, "", altered=True)


def payees_of(claims: Iterable[Claim]) -> dict[int, Payee]:
    """The payee of each claim (with its `trade_in` loaded), by the claim's id; two queries at most."""
    claims = list(claims)
    payees = {c.pk: payee_in(c.trade_in) for c in claims}
    for change in PayeeChange.objects.filter(claim__in=payees).order_by("pk"):
        payees[change.claim_id] = payee_in(change)
    return payees | {c.pk: ALTERED for c in claims if not _names_its_owner(c, c.trade_in)}


def _names_its_owner(claim: Claim, record: TradeIn) -> bool:
    """Whether the record is still of the bike and the vehicle that the claim was made for (neither ever changes), and the
    name in it, in which money is paid, the one that was sealed for it.
    """
    try:
        named = not isinstance(record.owner_name, Unreadable)
    except UnreadableSecret:
        return False
    return named and (claim.filing_plate_no, claim.vehicle_code) == (
        record.filing_plate_no,
        record.vehicle_code,
    )


def payee_in(told: TradeIn | PayeeChange) -> Payee:
    """What a row says, where it opens there and is what its blind indexes say; else it was put there past every verb."""
    try:
        payee = Payee(told.phone, told.wallet_no, told.wallet_operator)
    except UnreadableSecret:
        return ALTERED
    for value, index, context in (
        (payee.phone, told.phone_index, "phone"),
        (payee.wallet_no, told.wallet_index, "wallet_no"),
    ):
        if (blind_index(value, context=context) if value else None) != (bytes(index) if index else None):
            return ALTERED
    return payee


def masked(payee: Payee) -> str:
    """As much of it as a screen may show; empty where there is no address."""
    if payee.wallet_no:
        return f"{mask_wallet(payee.wallet_no)} {payee.wallet_operator}".strip()
    return mask_phone(payee.phone) if payee.phone else ""


def may_change_payee(claim: Claim) -> bool:
    """Whether a change would still reach the payment, of the subsidy or of a supplement to it."""
    if claim.state not in _TOO_LATE:
        return True
    waits = (Supplement.State.RESERVED, Supplement.State.FAILED)
    return claim.state == ClaimState.PAID and claim.supplements.filter(state__in=waits).exists()
