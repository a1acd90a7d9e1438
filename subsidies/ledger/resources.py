"""The columns of the exported ledger."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from subsidies.models import LedgerEntry


class LedgerResource(HarmlessResource):
    """The ledger for people. The one that proves itself is `manage.py export_ledger`."""

    stage__no = Column("stage__no", _("阶段"))

    class Meta:
        model = LedgerEntry
        fields: ClassVar = [
            *("scheme__code", "seq", "kind", "stage__no", "claim__trade_in__record_no", "amount_fen"),
            *("at", "by", "ref", "hash"),
        ]
