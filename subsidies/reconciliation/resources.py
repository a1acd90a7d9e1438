"""The columns of exported lists of the reconciliation."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from subsidies.models import Difference, StatementEntry


class DifferenceResource(HarmlessResource):
    """Cases, with who closed them and how."""

    line__claim__trade_in__record_no = Column("line__claim__trade_in__record_no", _("置换记录"))

    class Meta:
        model = Difference
        fields: ClassVar = [
            *(
                "number",
                "line__claim__trade_in__record_no",
                "kind",
                "day",
                "ours",
                "theirs",
                "state",
                "found_at",
            ),
            *("owner", "resolution", "note", "proposed_by", "proposed_at", "signed_by", "closed_at"),
        ]


class StatementEntryResource(HarmlessResource):
    """The operator's statement as it was read."""

    class Meta:
        model = StatementEntry
        fields: ClassVar = [
            "number",
            "amount_fen",
            "paid_at",
            "day",
            "payee_tail",
            "memo",
            "times",
            "returned",
            "contradicts",
            "before",
        ]
