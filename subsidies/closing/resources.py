"""The columns of the exported list of vouchers: an entry a row would be another list; here is a voucher a row."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource, Yuan
from subsidies.models import Voucher


class VoucherResource(HarmlessResource):
    """Vouchers. The sheet with their entries is the close's own file."""

    period__scheme__code = Column("period__scheme__code", _("方案代码"))
    period__month = Column("period__month", _("月份"))
    amount = Yuan("amount_fen", _("金额(元)"))

    class Meta:
        model = Voucher
        fields: ClassVar = [
            *("period__scheme__code", "period__month", "no", "day", "kind", "summary", "rows", "amount"),
            "attachments",
        ]
