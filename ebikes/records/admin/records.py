"""The admin of bikes, owners and trade-ins: to look at, in the words of the work, with personal data masked."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exports.export_admin import ExportAdmin
from core.money import yuan
from core.privacy.masks import mask_id, mask_name, mask_phone, mask_wallet
from core.staff.chosen_filter import ChosenFilter
from core.staff.filters import DayFilter, by_month
from core.staff.import_button import ImportButton
from ebikes.models import FiledBike, ImportBatch, Owner, TradeIn
from ebikes.records.admin.fields_shown import answers_of, came_from, on_file, register_note
from ebikes.records.admin.record_pages import RecordAdmin, link
from ebikes.records.admin.resources import FiledBikeResource, TradeInResource
from ebikes.records.models.trade_in import contacts
from ebikes.records.summaries import address, event, may_view, moment
from merchants.shops.admin_filters import of_shops


@admin.register(Owner)
class OwnerAdmin(RecordAdmin):
    """People are found by what they have in hand; there is no list of them to leaf through."""

    fieldsets: ClassVar = [(None, {"fields": [("name_masked", "id_kind"), ("id_masked", "id_country")]})]
    readonly_fields: ClassVar = ["name_masked", "id_masked"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where a list would be: the way to the search."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": _("车主")}
        return TemplateResponse(request, "ebikes/records/no_list.html", context)

    def owner_of(self, row: Owner) -> Owner:
        return row

    @admin.display(description=gettext_lazy("姓名"))
    def name_masked(self, owner: Owner) -> str:
        return mask_name(owner.name)

    @admin.display(description=gettext_lazy("证件号码"))
    def id_masked(self, owner: Owner) -> str:
        return mask_id(owner.id_no)


# From one to the next that there is, by the index: there are few of them, and a great many bikes.
_SUBDISTRICTS = """
    WITH RECURSIVE known (name) AS (
        SELECT min(subdistrict) FROM ebikes_filedbike
        UNION ALL
        SELECT (SELECT min(subdistrict) FROM ebikes_filedbike WHERE subdistrict > name) FROM known WHERE name IS NOT NULL
    ) SELECT name FROM known WHERE name > ''
"""


class SubdistrictFilter(ChosenFilter):
    """The subdistricts that bikes are filed in."""

    title = gettext_lazy("街道")
    parameter_name = "subdistrict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(_SUBDISTRICTS)
            return [(name, name) for (name,) in cursor]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FiledBike]) -> QuerySet[FiledBike]:
        return queryset.filter(subdistrict=self.value()) if self.value() else queryset


@admin.register(FiledBike)
class FiledBikeAdmin(ImportButton, ExportAdmin, RecordAdmin):
    import_kind = ImportBatch.Kind.FILED_BIKES
    resource_classes: ClassVar = [FiledBikeResource]
    list_display: ClassVar = ["filing_plate_no", "filed_on", "brand", "owner_masked", "subdistrict"]
    list_filter: ClassVar = [SubdistrictFilter]
    list_select_related: ClassVar = ["owner"]
    list_defer: ClassVar = ("phone",)
    sortable_by: ClassVar[list[str]] = ["filing_plate_no"]  # no index knows another order
    fieldsets: ClassVar = [
        (gettext_lazy("备案"), {"fields": [("filing_plate_no", "filed_day"), "subdistrict"]}),
        (gettext_lazy("车辆"), {"fields": ["brand", ("frame_no", "motor_no")]}),
        (gettext_lazy("车主"), {"fields": ["owner_link", "phone_masked"]}),
    ]
    readonly_fields: ClassVar = ["filed_day", "owner_link", "phone_masked"]

    @admin.display(description=gettext_lazy("备案日期"))
    def filed_day(self, bike: FiledBike) -> str:
        return bike.filed_on.isoformat()

    @admin.display(description=gettext_lazy("车主"))
    def owner_masked(self, bike: FiledBike) -> str:
        return str(bike.owner)

    @admin.display(description=gettext_lazy("车主"))
    def owner_link(self, bike: FiledBike) -> str:
        return link(bike.owner)

    @admin.display(description=gettext_lazy("手机号"))
    def phone_masked(self, bike: FiledBike) -> str:
        return mask_phone(bike.phone or "") if bike.phone else "–"


def _amount(fen: int | None) -> str:
    return "–" if fen is None else _("%s 元") % yuan(fen)


@admin.register(TradeIn)
class TradeInAdmin(ImportButton, ExportAdmin, RecordAdmin):
    import_kind = ImportBatch.Kind.TRADE_INS
    resource_classes: ClassVar = [TradeInResource]
    list_display: ClassVar = [
        *("record_no", "filing_plate_no", "digital_plate_no", "merchant", "plated_at", "received_at")
    ]
    list_filter: ClassVar = [
        *of_shops("merchant"),
        by_month("plated_at", gettext_lazy("上牌月份")),
        ("received_at", DayFilter),
    ]
    sortable_narrowed = ("merchant", "plated_at", "received_at")
    list_select_related: ClassVar = ["merchant"]
    list_defer: ClassVar = ("owner_name", "owner_name_written", *contacts())
    sortable_by: ClassVar[list[str]] = ["record_no", "filing_plate_no", "digital_plate_no"]  # by an index
    fieldsets: ClassVar = [
        (gettext_lazy("记录"), {"fields": [("record_no", "received"), "batch_link", "remark"]}),
        (gettext_lazy("车主"), {"fields": ["owner_link", ("phone_masked", "wallet_masked")]}),
        (gettext_lazy("旧车"), {"fields": ["filing_plate_no", "register"]}),
        (gettext_lazy("四个环节"), {"fields": [("deregistered", "collected"), ("purchased", "plated")]}),
        (
            gettext_lazy("新车"),
            {
                "fields": [
                    ("digital_plate_no", "vehicle_code"),
                    ("brand", "price"),
                    "invoice_no",
                    ("discount", "scrap"),
                ]
            },
        ),
        (gettext_lazy("商户与代办点"), {"fields": [("merchant_link", "point_link")]}),
    ]
    readonly_fields: ClassVar = [
        *("received", "batch_link", "owner_link", "phone_masked", "wallet_masked", "register"),
        *(
            "deregistered",
            "collected",
            "purchased",
            "plated",
            "price",
            "discount",
            "scrap",
            "merchant_link",
            "point_link",
        ),
    ]

    def more_context(self, request: HttpRequest, row: TradeIn) -> dict[str, Any]:
        return {
            "answers": answers_of(request, row),
            "photos": row.photos.order_by("pk"),
            "batch_url": address(row.batch) if row.batch and may_view(request, ImportBatch) else "",
        }

    @admin.display(description=gettext_lazy("车主"))
    def owner_link(self, trade_in: TradeIn) -> str:
        return link(trade_in.owner, f"{mask_name(trade_in.owner_name)} {mask_id(trade_in.owner.id_no)}")

    @admin.display(description=gettext_lazy("手机号"))
    def phone_masked(self, trade_in: TradeIn) -> str:
        return mask_phone(trade_in.phone) if trade_in.phone else "–"

    @admin.display(description=gettext_lazy("收款钱包"))
    def wallet_masked(self, trade_in: TradeIn) -> str:
        number = mask_wallet(trade_in.wallet_no) if trade_in.wallet_no else "–"
        return f"{number} {trade_in.wallet_operator}".strip()

    @admin.display(description=gettext_lazy("备案登记"))
    def register(self, trade_in: TradeIn) -> str:
        return register_note(trade_in, on_file(trade_in))

    @admin.display(description=gettext_lazy("来源"))
    def batch_link(self, trade_in: TradeIn) -> str:
        return came_from(trade_in)

    @admin.display(description=gettext_lazy("收到时间"))
    def received(self, trade_in: TradeIn) -> str:
        return moment(trade_in.received_at)

    @admin.display(description=gettext_lazy("注销时间"))
    def deregistered(self, trade_in: TradeIn) -> str:
        return event(trade_in, "deregistered_at")

    @admin.display(description=gettext_lazy("回收时间"))
    def collected(self, trade_in: TradeIn) -> str:
        return event(trade_in, "collected_at")

    @admin.display(description=gettext_lazy("购买时间"))
    def purchased(self, trade_in: TradeIn) -> str:
        return event(trade_in, "purchased_at")

    @admin.display(description=gettext_lazy("上牌时间"))
    def plated(self, trade_in: TradeIn) -> str:
        return event(trade_in, "plated_at")

    @admin.display(description=gettext_lazy("成交价"))
    def price(self, trade_in: TradeIn) -> str:
        return _amount(trade_in.price_fen)

    @admin.display(description=gettext_lazy("车企让利"))
    def discount(self, trade_in: TradeIn) -> str:
        return _amount(trade_in.shop_discount_fen)

    @admin.display(description=gettext_lazy("回收抵扣"))
    def scrap(self, trade_in: TradeIn) -> str:
        return _amount(trade_in.scrap_value_fen)

    @admin.display(description=gettext_lazy("销售商户"))
    def merchant_link(self, trade_in: TradeIn) -> str:
        return link(trade_in.merchant)

    @admin.display(description=gettext_lazy("代办点"))
    def point_link(self, trade_in: TradeIn) -> str:
        return link(trade_in.agent_point)
