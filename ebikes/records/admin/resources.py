"""The columns of exported lists of bikes, trade-ins, answers and imports."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource, Personal
from core.privacy.masks import mask_id, mask_name, mask_phone, mask_wallet
from ebikes.models import FiledBike, ImportBatch, LicensingAnswer, TradeIn


def left_out(text: str) -> str:
    """What may hold anything, and so is not shown at all."""
    return ""


class FiledBikeResource(HarmlessResource):
    """Filed bikes and whose they are."""

    owner = Personal("owner__name", _("车主"), mask_name)
    id_no = Personal("owner__id_no", _("证件号码"), mask_id)
    phone = Personal("phone", _("手机号"), mask_phone)

    class Meta:
        model = FiledBike
        fields: ClassVar = [
            *("filing_plate_no", "filed_on", "brand", "frame_no", "motor_no"),
            *("owner", "id_no", "phone", "subdistrict"),
        ]


class TradeInResource(HarmlessResource):
    """Trade-ins as they were handed in."""

    owner = Personal("owner_name", _("车主"), mask_name)
    id_no = Personal("owner__id_no", _("证件号码"), mask_id)
    phone = Personal("phone", _("手机号"), mask_phone)
    wallet_no = Personal("wallet_no", _("数字人民币钱包编号"), mask_wallet)
    remark = Personal("remark", _("备注"), left_out)
    merchant__name = Column("merchant__name", _("销售商户"))

    class Meta:
        model = TradeIn
        fields: ClassVar = [
            *("record_no", "filing_plate_no", "owner", "id_no", "phone", "wallet_no"),
            *("merchant__name", "agent_point__point_no"),
            *("deregistered_at", "collected_at", "purchased_at", "plated_at"),
            *(
                "vehicle_code",
                "digital_plate_no",
                "brand",
                "invoice_no",
                "price_fen",
                "shop_discount_fen",
                "scrap_value_fen",
                "remark",
                "received_at",
            ),
        ]


class LicensingAnswerResource(HarmlessResource):
    """Answers as far as the checks read them; the answer itself stays sealed."""

    class Meta:
        model = LicensingAnswer
        fields: ClassVar = [
            *("request_id", "trade_in__record_no", "system", "outcome", "problem", "answered_at"),
            *("facts", "adapter_version"),
        ]


class ImportBatchResource(HarmlessResource):
    """Files that came in, and by whom."""

    merchant__name = Column("merchant__name", _("销售商户"))

    class Meta:
        model = ImportBatch
        fields: ClassVar = [
            *("file_name", "kind", "source", "state", "rows_accepted", "rows_duplicate", "rows_refused"),
            *("merchant__name", "uploaded_by", "uploaded_at", "confirmed_by", "confirmed_at", "failure"),
        ]
