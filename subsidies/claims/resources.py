"""The columns of exported lists of claims and of the money."""

from typing import Any, ClassVar

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource, Personal
from core.privacy.masks import mask_id, mask_name, mask_phone, mask_wallet
from ebikes.models import EVENTS, TradeIn
from subsidies.models import Claim, PayeeChange
from subsidies.reasons import REASONS

EVENT_TITLES = {field.name: field.verbose_name for field in TradeIn._meta.fields if field.name in EVENTS}


def _payee_of(claim: Claim) -> TradeIn | PayeeChange:
    """Where the money goes: as the record says, or as it was put right since (`claims.selectors.payee`)."""
    changes = list(claim.payee_changes.all())
    return changes[-1] if changes else claim.trade_in


class PayeesOwn(Personal):
    """What tells who the payee is, as it stands now."""

    def get_value(self, claim: Claim, **kwargs: Any) -> Any:
        return getattr(_payee_of(claim), str(self.attribute).removeprefix("trade_in__"))


class ClaimResource(HarmlessResource):
    """Claims, and where the money goes. Who the owner is, is the business of those who may look at the record itself."""

    owner = Personal("trade_in__owner_name", _("车主"), mask_name)
    id_no = Personal("owner__id_no", _("证件号码"), mask_id)
    phone = PayeesOwn("trade_in__phone", _("手机号"), mask_phone)
    wallet = PayeesOwn("trade_in__wallet_no", _("收款钱包"), mask_wallet)
    operator = Column("trade_in__wallet_operator", _("钱包运营机构"))
    merchant = Column("trade_in__merchant__name", _("销售商户"))
    stage__no = Column("stage__no", _("阶段"))
    personal_rights = ("ebikes.view_tradein",)
    prefetch = (Prefetch("payee_changes", PayeeChange.objects.order_by("pk")),)

    class Meta:
        model = Claim
        fields: ClassVar = [
            *("trade_in__record_no", "filing_plate_no", "trade_in__digital_plate_no", "vehicle_code"),
            *("owner", "id_no", "phone", "wallet", "operator"),
            *("merchant", "trade_in__agent_point__point_no"),
            *("state", "refusals", "stage__no", "amount_fen", "completed_at", "completed_by", "received_at"),
            "approved_by",
        ]

    def dehydrate_operator(self, claim: Claim) -> str:
        return _payee_of(claim).wallet_operator

    def dehydrate_refusals(self, claim: Claim) -> list[str]:
        return [str(REASONS[code].title) if code in REASONS else code for code in claim.refusals]

    def dehydrate_completed_by(self, claim: Claim) -> object:
        return EVENT_TITLES.get(claim.completed_by, claim.completed_by)
