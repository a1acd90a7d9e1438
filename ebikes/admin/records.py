"""The admin of bikes and trade-ins: to look at, with personal data masked."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from import_export import fields

from ebikes.admin.imports import ImportButton
from ebikes.exports import ExportAdmin, HarmlessResource
from ebikes.models import FiledBike, ImportBatch, TradeIn
from merchants.privacy import mask_id, mask_name, mask_phone


@admin.register(FiledBike)
class FiledBikeAdmin(ImportButton):
    import_kind = ImportBatch.Kind.FILED_BIKES
    list_display: ClassVar = ["filing_plate_no", "filed_on", "brand", "owner_masked", "subdistrict"]
    list_filter: ClassVar = ["subdistrict"]
    list_select_related: ClassVar = ["owner"]
    search_fields: ClassVar = ["filing_plate_no__exact", "frame_no__exact"]
    fields: ClassVar = [*list_display, "frame_no", "motor_no", "phone_masked"]

    @admin.display(description=_("车主"))
    def owner_masked(self, bike: FiledBike) -> str:
        return str(bike.owner)

    @admin.display(description=_("手机号"))
    def phone_masked(self, bike: FiledBike) -> str:
        return mask_phone(bike.phone or "")


class TradeInResource(HarmlessResource):
    """What an export of trade-ins holds: nothing that tells who it is."""

    owner = fields.Field(column_name=str(_("车主")))

    class Meta:
        model = TradeIn
        fields: ClassVar = [
            *("record_no", "filing_plate_no", "owner", "merchant__name", "agent_point__point_no"),
            *(
                "deregistered_at",
                "collected_at",
                "purchased_at",
                "plated_at",
                "vehicle_code",
                "digital_plate_no",
            ),
            *("brand", "price_fen", "received_at"),
        ]

    def dehydrate_owner(self, trade_in: TradeIn) -> str:
        return mask_name(trade_in.owner_name)


@admin.register(TradeIn)
class TradeInAdmin(ImportButton, ExportAdmin):
    import_kind = ImportBatch.Kind.TRADE_INS
    resource_classes: ClassVar = [TradeInResource]
    list_display: ClassVar = [
        "record_no",
        "filing_plate_no",
        "digital_plate_no",
        "merchant",
        "plated_at",
        "received_at",
    ]
    list_select_related: ClassVar = ["merchant", "agent_point"]
    search_fields: ClassVar = [
        "record_no__exact",
        "filing_plate_no__exact",
        "digital_plate_no__exact",
        "vehicle_code__exact",
    ]
    fields: ClassVar = [
        *(
            "record_no",
            "filing_plate_no",
            "owner_masked",
            "id_masked",
            "phone_masked",
            "merchant",
            "agent_point",
        ),
        *("deregistered_at", "collected_at", "purchased_at", "plated_at", "day_only", "vehicle_code"),
        *(
            "digital_plate_no",
            "brand",
            "invoice_no",
            "price_fen",
            "remark",
            "batch",
            "batch_line",
            "received_at",
        ),
    ]

    @admin.display(description=_("车主"))
    def owner_masked(self, trade_in: TradeIn) -> str:
        return mask_name(trade_in.owner_name)

    @admin.display(description=_("证件号码"))
    def id_masked(self, trade_in: TradeIn) -> str:
        return mask_id(trade_in.owner.id_no)

    @admin.display(description=_("手机号"))
    def phone_masked(self, trade_in: TradeIn) -> str:
        return mask_phone(trade_in.phone or "")
