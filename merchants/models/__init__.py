"""Who takes part: users, merchants, agent points and what they are authorised to do, and when."""

from merchants.models.audit import AuditEntry
from merchants.models.invitation import Invitation
from merchants.models.merchant import (
    AgentAuthorization,
    AgentPoint,
    CommitmentLetter,
    Merchant,
    Training,
)
from merchants.models.second_factor import RecoveryCode, SecondFactor
from merchants.models.supervision import Inspection, SamplingLot, TradeInEvent
from merchants.models.throttle import Throttle
from merchants.models.user import Membership, PasswordHistory, User

__all__ = [
    "AgentAuthorization",
    "AgentPoint",
    "AuditEntry",
    "CommitmentLetter",
    "Inspection",
    "Invitation",
    "Membership",
    "Merchant",
    "PasswordHistory",
    "RecoveryCode",
    "SamplingLot",
    "SecondFactor",
    "Throttle",
    "TradeInEvent",
    "Training",
    "User",
]
