"""What is traded in: owners, filed bikes, trade-ins, the files they came from, and what the licensing systems said."""

from ebikes.evidence.models import LicensingAnswer, LicensingHealth, LicensingSystem
from ebikes.importing.models.batch import ImportBatch, ImportRow
from ebikes.importing.models.columns import RememberedColumns
from ebikes.importing.models.staging import StagedAgentPoint, StagedFiledBike, StagedMerchant, StagedTradeIn
from ebikes.importing.models.written import WrittenRow
from ebikes.records.models.draft import TradeInDraft, TradeInPhoto
from ebikes.records.models.filed_bike import FiledBike, Owner
from ebikes.records.models.trade_in import EVENTS, TradeIn

__all__ = [
    "EVENTS",
    "FiledBike",
    "ImportBatch",
    "ImportRow",
    "LicensingAnswer",
    "LicensingHealth",
    "LicensingSystem",
    "Owner",
    "RememberedColumns",
    "StagedAgentPoint",
    "StagedFiledBike",
    "StagedMerchant",
    "StagedTradeIn",
    "TradeIn",
    "TradeInDraft",
    "TradeInPhoto",
    "WrittenRow",
]
