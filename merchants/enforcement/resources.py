"""The columns of exported lists of letters and cases."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from merchants.models import CorrectionOrder, EnforcementCase


class CorrectionOrderResource(HarmlessResource):
    """Letters that order a shop to put things right."""

    shop = Column("inspection__merchant__name", _("商户"))

    class Meta:
        model = CorrectionOrder
        fields: ClassVar = [
            *("number", "shop", "inspection__merchant__uscc", "demands", "basis", "due_on", "state"),
            *(
                "proposed_by",
                "proposed_at",
                "decided_by",
                "decided_at",
                "served_on",
                "served_how",
                "ended_at",
            ),
        ]


class EnforcementCaseResource(HarmlessResource):
    """Cases, with what became of them."""

    class Meta:
        model = EnforcementCase
        fields: ClassVar = [
            *("number", "merchant__name", "merchant__uscc", "facts", "handed_to", "state", "proposed_by"),
            *("proposed_at", "decided_by", "decided_at", "outcome", "fine_fen", "forfeited_fen", "goods"),
            *("decision_no", "decided_on", "ended_at"),
        ]
