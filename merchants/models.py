"""Who takes part: merchants, their people, agent points and what they are authorised to do, and when."""

from merchants.enforcement.models.case import EnforcementCase
from merchants.enforcement.models.order import CorrectionOrder
from merchants.letters.models import CommitmentLetter
from merchants.points.models import AgentAuthorization, AgentPoint
from merchants.publicity.models import Publicity
from merchants.shops.models import Merchant
from merchants.supervision.models.inspection import Inspection
from merchants.supervision.models.outreach import TradeInEvent, Training
from merchants.supervision.models.photo import InspectionPhoto
from merchants.supervision.models.sampling import LotReport, PlannedCategory, SamplingLot, SamplingPlan
from merchants.supervision.models.task import InspectionTask
from merchants.team.models import Invitation, Membership

__all__ = [
    "AgentAuthorization",
    "AgentPoint",
    "CommitmentLetter",
    "CorrectionOrder",
    "EnforcementCase",
    "Inspection",
    "InspectionPhoto",
    "InspectionTask",
    "Invitation",
    "LotReport",
    "Membership",
    "Merchant",
    "PlannedCategory",
    "Publicity",
    "SamplingLot",
    "SamplingPlan",
    "TradeInEvent",
    "Training",
]
