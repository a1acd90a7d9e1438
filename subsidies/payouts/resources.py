"""The columns of exported lists of payouts."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource, Personal
from core.privacy.masks import mask_name, mask_phone, mask_wallet
from subsidies.models import PayoutBatch, PayoutLine
from subsidies.reasons import PAYOUT_FAILURES


class PayoutBatchResource(HarmlessResource):
    """Transfer orders."""

    class Meta:
        model = PayoutBatch
        fields: ClassVar = [
            *(
                "number",
                "request_no",
                "scheme__name",
                "state",
                "payer_name",
                "payer_wallet",
                "made_by",
                "made_at",
                "released_by",
                "released_at",
            ),
        ]


class PayoutLineResource(HarmlessResource):
    """Payments. The payee is finance's business: a returned payment is looked for by wallet or phone."""

    batch__number = Column("batch__number", _("批次号"))
    payee_name = Personal("payee_name", _("收款人"), mask_name)
    payee_wallet = Personal("payee_wallet", _("收款钱包"), mask_wallet)
    payee_phone = Personal("payee_phone", _("收款手机号"), mask_phone)

    class Meta:
        model = PayoutLine
        fields: ClassVar = [
            *("request_no", "batch__number", "claim__trade_in__record_no", "amount_fen"),
            *("payee_name", "payee_wallet", "payee_phone", "payee_operator"),
            *("state", "fail_reason", "finished_at"),
        ]

    def dehydrate_fail_reason(self, line: PayoutLine) -> object:
        return PAYOUT_FAILURES.get(line.fail_reason, line.fail_reason)
