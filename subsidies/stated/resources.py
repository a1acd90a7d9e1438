"""The columns of exported lists of figures from outside."""

from decimal import Decimal
from typing import ClassVar

from core.exports.resources import HarmlessResource
from core.money import exact_yuan
from subsidies.models import StatedFigure


class StatedFigureResource(HarmlessResource):
    """Figures with their source and their two people; a planned sum in yuan."""

    class Meta:
        model = StatedFigure
        fields: ClassVar = [
            *("subject", "title", "value", "exactness", "as_of", "source", "state"),
            *("proof_name", "proof_sha256", "told_at", "decided_at", "note", "decision_note"),
        ]

    def dehydrate_value(self, row: StatedFigure) -> int | Decimal:
        return exact_yuan(row.value) if row.is_money else row.value
