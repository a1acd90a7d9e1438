"""The columns of exported lists of trainings, inspections, spot checks and events."""

from typing import ClassVar

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from merchants.models import Inspection, InspectionPhoto, Merchant, SamplingLot, TradeInEvent, Training
from merchants.supervision.models.inspection import ITEMS
from merchants.supervision.models.photo import late_among


class TrainingResource(HarmlessResource):
    """Trainings, and who came."""

    came = Column(None, _("到场商户"))
    count = Column(None, _("到场商户数"))
    prefetch = (Prefetch("attended_by", Merchant.objects.only("name")),)

    class Meta:
        model = Training
        fields: ClassVar = ["title", "held_on", "place", "count", "came"]

    def dehydrate_came(self, training: Training) -> list[str]:
        return [merchant.name for merchant in training.attended_by.all()]

    def dehydrate_count(self, training: Training) -> int:
        return len(training.attended_by.all())


class InspectionResource(HarmlessResource):
    """Inspections, item by item, and what was put right. Who inspected rests sealed, and stays here."""

    photos = Column(None, _("照片数"), needs=("signed_at",))
    late = Column(None, _("其中签字后补拍"))
    prefetch = (Prefetch("photos", InspectionPhoto.objects.only("inspection", "added_at")),)

    class Meta:
        model = Inspection
        fields: ClassVar = [
            *("inspected_on", "merchant__uscc", "merchant__name", "merchant__subdistrict", *ITEMS, "faulty"),
            *("conclusion", "rectify_by", "rectified_on", "note", "photos", "late"),
        ]

    def dehydrate_photos(self, visit: Inspection) -> int:
        return len(visit.photos.all())

    def dehydrate_late(self, visit: Inspection) -> int:
        return late_among(visit.photos.all())


class SamplingLotResource(HarmlessResource):
    """Spot checks: what was drawn of whom, who examined it, what it cost, and how many lots failed."""

    class Meta:
        model = SamplingLot
        fields: ClassVar = [
            *("sampled_on", "kind", "purpose", "merchant__uscc", "merchant__name", "merchant__subdistrict"),
            *("product", "model_no", "maker", "laboratory", "category__title", "cost_fen"),
            *("lots", "failed", "result", "reported_on", "failing", "report_no", "follow_up"),
        ]


class TradeInEventResource(HarmlessResource):
    """Events, and which shops took part."""

    took_part = Column(None, _("参加商户"))
    count = Column(None, _("参加商户数"))
    prefetch = (Prefetch("merchants", Merchant.objects.only("name")),)

    class Meta:
        model = TradeInEvent
        fields: ClassVar = [
            *("held_on", "venue_kind", "place", "organiser", "count", "took_part", "bikes", "note"),
        ]

    def dehydrate_took_part(self, event: TradeInEvent) -> list[str]:
        return [merchant.name for merchant in event.merchants.all()]

    def dehydrate_count(self, event: TradeInEvent) -> int:
        return len(event.merchants.all())
