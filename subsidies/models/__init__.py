"""How much, and paid: the scheme, its stages and policy, claims and their history, the ledger, payouts."""

from subsidies.models.claim import Claim, ClaimEvent, EligibilityCheck, QueueHour
from subsidies.models.ledger import LedgerEntry
from subsidies.models.payout import PayoutBatch, PayoutLine
from subsidies.models.scheme import PolicyVersion, Scheme, Stage

__all__ = [
    "Claim",
    "ClaimEvent",
    "EligibilityCheck",
    "LedgerEntry",
    "PayoutBatch",
    "PayoutLine",
    "PolicyVersion",
    "QueueHour",
    "Scheme",
    "Stage",
]
