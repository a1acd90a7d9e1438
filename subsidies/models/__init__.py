"""How much, and paid: the scheme, its stages and policy, claims and their history, the ledger, payouts."""

from subsidies.models.claim import Claim, ClaimEvent, ClaimTally, EligibilityCheck
from subsidies.models.hold import Hold
from subsidies.models.ledger import LedgerEntry
from subsidies.models.notice import NoticeMark
from subsidies.models.payee import PayeeChange
from subsidies.models.payout import PayoutBatch, PayoutLine
from subsidies.models.scheme import PolicyVersion, Scheme, Stage
from subsidies.models.scheme_change import SchemeChange
from subsidies.models.work import CaseLook, SignalSweep

__all__ = [
    "CaseLook",
    "Claim",
    "ClaimEvent",
    "ClaimTally",
    "EligibilityCheck",
    "Hold",
    "LedgerEntry",
    "NoticeMark",
    "PayeeChange",
    "PayoutBatch",
    "PayoutLine",
    "PolicyVersion",
    "Scheme",
    "SchemeChange",
    "SignalSweep",
    "Stage",
]
