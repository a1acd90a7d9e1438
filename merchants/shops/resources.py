"""The columns of exported lists of merchants, agent points and trainings."""

from typing import ClassVar

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from merchants.models import CommitmentLetter, Merchant


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
