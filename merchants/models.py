"""Who takes part: merchants, their people, agent points and what they are authorised to do, and when."""

from merchants.letters.models import CommitmentLetter
from merchants.points.models import AgentAuthorization, AgentPoint
from merchants.publicity.models import Publicity
from merchants.shops.models import Merchant
from merchants.supervision.models.inspection import Inspection
from merchants.supervision.models.outreach import TradeInEvent, Training
from merchants.supervision.models.sampling import SamplingLot
from merchants.team.models import Invitation, Membership

__all__ = [
    "AgentAuthorization",
    "AgentPoint",
    "CommitmentLetter",
    "Inspection",
    "Invitation",
    "Membership",
    "Merchant",
    "Publicity",
    "SamplingLot",
    "TradeInEvent",
    "Training",
]
