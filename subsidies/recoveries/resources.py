"""The columns of exported lists of recoveries."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from subsidies.models import RecoveryCase, RecoveryReceipt


class RecoveryCaseResource(HarmlessResource):
    """Demands of money, with what came and what is open."""

    class Meta:
        model = RecoveryCase
        fields: ClassVar = [
            *("number", "claim__trade_in__record_no", "reason", "basis", "amount_fen", "state"),
            *("proposed_by", "proposed_at", "decided_by", "decided_at", "handed_over_at", "ended_at"),
            "surplus_fen",
        ]


class RecoveryReceiptResource(HarmlessResource):
    """What came back, receipt by receipt."""

    case__number = Column("case__number", _("文号"))

    class Meta:
        model = RecoveryReceipt
        fields: ClassVar = [
            *("number", "case__number", "case__claim__trade_in__record_no", "way", "amount_fen"),
            *("received_on", "voucher", "state", "taken_by", "taken_at", "decided_by", "decided_at"),
        ]
