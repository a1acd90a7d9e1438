"""Who takes part: users, merchants, agent points and what they are authorised to do, and when."""

from merchants.models.merchant import (
    AgentAuthorization,
    AgentPoint,
    CommitmentLetter,
    Merchant,
    Training,
)
from merchants.models.user import Membership, User

__all__ = [
    "AgentAuthorization",
    "AgentPoint",
    "CommitmentLetter",
    "Membership",
    "Merchant",
    "Training",
    "User",
]
