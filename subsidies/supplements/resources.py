"""The columns of the exported list of supplements."""

from typing import ClassVar

from core.exports.resources import HarmlessResource
from subsidies.models import Supplement


class SupplementResource(HarmlessResource):
    """What claims were owed besides."""

    class Meta:
        model = Supplement
        fields: ClassVar = [
            *("claim__trade_in__record_no", "ref", "amount_fen", "reason", "state"),
            *("proposed_by", "proposed_at", "decided_by", "decided_at"),
        ]
