"""The columns of exported lists of trainings."""

from typing import ClassVar

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from merchants.models import Merchant, Training


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
