"""The columns of exported lists of agent points."""

from typing import ClassVar

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core.exports.resources import Column, HarmlessResource
from merchants.models import AgentAuthorization, AgentPoint


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
