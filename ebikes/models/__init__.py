"""What is traded in: owners, filed bikes, trade-ins, the files they came from, and what the licensing systems said."""

from ebikes.models.draft import TradeInDraft, TradeInPhoto
from ebikes.models.evidence import LicensingAnswer, LicensingHealth, LicensingSystem
from ebikes.models.export import Export
from ebikes.models.filed_bike import FiledBike, Owner
from ebikes.models.imports import ImportBatch, ImportRow
from ebikes.models.pulse import WorkerPulse
from ebikes.models.staging import StagedAgentPoint, StagedFiledBike, StagedMerchant, StagedTradeIn
from ebikes.models.trade_in import EVENTS, TradeIn

__all__ = [
    "EVENTS",
    "Export",
    "FiledBike",
    "ImportBatch",
    "ImportRow",
    "LicensingAnswer",
    "LicensingHealth",
    "LicensingSystem",
    "Owner",
    "StagedAgentPoint",
    "StagedFiledBike",
    "StagedMerchant",
    "StagedTradeIn",
    "TradeIn",
    "TradeInDraft",
    "TradeInPhoto",
    "WorkerPulse",
]
