"""The columns of exported lists of merchants, agent points and trainings."""

from typing import ClassVar

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from merchants.exporting import Column, HarmlessResource
from merchants.models import AgentAuthorization, AgentPoint, CommitmentLetter, Merchant, Training


class MerchantResource(HarmlessResource):
    """Merchants, with the latest letter."""

    letter_signed_on = Column(None, _("承诺书签订日期"))
    letter_posted_at = Column(None, _("上墙公示日期"))
    prefetch = (Prefetch("letters", CommitmentLetter.objects.order_by("signed_on", "pk")),)

    class Meta:
        model = Merchant
        fields: ClassVar = [
            *("name", "uscc", "subdistrict", "registered_on", "trade_in_enabled_on"),
            *("letter_signed_on", "letter_posted_at"),
        ]

    def dehydrate_letter_signed_on(self, merchant: Merchant) -> object:
        return getattr(_latest(merchant), "signed_on", None)

    def dehydrate_letter_posted_at(self, merchant: Merchant) -> object:
        return getattr(_latest(merchant), "posted_at", None)


def _latest(merchant: Merchant) -> CommitmentLetter | None:
    letters = list(merchant.letters.all())
    return letters[-1] if letters else None


class AgentPointResource(HarmlessResource):
    """Agent points, with every period for which each was authorised."""

    merchant__name = Column("merchant__name", _("销售商户"))
    merchant__uscc = Column("merchant__uscc")
    periods = Column(None, _("授权期间"))
    prefetch = (Prefetch("authorizations", AgentAuthorization.objects.order_by("starts_on")),)

    class Meta:
        model = AgentPoint
        fields: ClassVar = ["point_no", "merchant__name", "merchant__uscc", "periods"]

    def dehydrate_periods(self, point: AgentPoint) -> list[str]:
        return [f"{each.starts_on} – {each.ends_on or ''}".strip() for each in point.authorizations.all()]


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
