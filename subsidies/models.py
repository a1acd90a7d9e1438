"""How much, and paid: the scheme, its stages and policy, claims and their history, the ledger, payouts."""

from subsidies.claims.models.claim import Claim
from subsidies.claims.models.history import ClaimEvent, EligibilityCheck
from subsidies.claims.models.payee import PayeeChange
from subsidies.claims.models.tally import ClaimTally
from subsidies.ledger.models import LedgerEntry
from subsidies.payouts.models import (
    LineEvidence,
    OperatorAnswer,
    OperatorPayment,
    PayoutBatch,
    PayoutLine,
    PayoutStop,
)
from subsidies.portal.models import NoticeMark
from subsidies.recoveries.models import (
    RecoveryCase,
    RecoveryInstalment,
    RecoveryReceipt,
    RecoveryReminder,
    RecoveryStep,
)
from subsidies.review.models.hold import Hold
from subsidies.review.models.work import CaseLook, SignalSweep
from subsidies.schemes.models.scheme import PolicyVersion, Scheme, Stage
from subsidies.schemes.models.scheme_change import SchemeChange
from subsidies.supplements.models import Supplement

__all__ = [
    "CaseLook",
    "Claim",
    "ClaimEvent",
    "ClaimTally",
    "EligibilityCheck",
    "Hold",
    "LedgerEntry",
    "LineEvidence",
    "NoticeMark",
    "OperatorAnswer",
    "OperatorPayment",
    "PayeeChange",
    "PayoutBatch",
    "PayoutLine",
    "PayoutStop",
    "PolicyVersion",
    "RecoveryCase",
    "RecoveryInstalment",
    "RecoveryReceipt",
    "RecoveryReminder",
    "RecoveryStep",
    "Scheme",
    "SchemeChange",
    "SignalSweep",
    "Stage",
    "Supplement",
]
