"""What the regulator does beside: collective trade-in events, and trainings."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.ranges import TODAY
from merchants.shops.models import Merchant


class TradeInEvent(models.Model):
    """A collective trade-in event (集中淘汰置换活动). One that is still to come has no number of bikes."""

    class Venue(models.TextChoices):
        OFFICE = "office", _("机关")
        COMMUNITY = "community", _("街道社区")
        ENTERPRISE = "enterprise", _("企业")
        CAMPUS = "campus", _("校园")
        MALL = "mall", _("商圈")
        OTHER = "other", _("其他")

    district = DistrictKey()
    held_on = models.DateField(_("日期"), db_index=True)
    venue_kind = models.CharField(_("场所类别"), max_length=16, choices=Venue)
    place = models.CharField(_("地点"), max_length=100)
    organiser = models.CharField(_("组织单位"), max_length=100, blank=True)
    merchants = models.ManyToManyField(
        Merchant, related_name="trade_in_events", verbose_name=_("参加商户"), blank=True
    )
    bikes = models.PositiveIntegerField(_("当天置换车辆数"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("集中置换活动")
        ordering: ClassVar = ["-held_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_event_to_come_has_traded_in_nothing",
                condition=Q(bikes__isnull=True) | Q(held_on__lte=TODAY),
                violation_error_message=_("还没有举办的活动不能填写置换车辆数。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.place}"


# The venues that the four-venue outreach (四进) goes to.
FOUR_VENUES = (
    TradeInEvent.Venue.OFFICE,
    TradeInEvent.Venue.COMMUNITY,
    TradeInEvent.Venue.ENTERPRISE,
    TradeInEvent.Venue.CAMPUS,
)


class Training(models.Model):
    """A training held by the regulator, and which merchants came."""

    district = DistrictKey()
    title = models.CharField(_("培训"), max_length=100)
    held_on = models.DateField(_("日期"))
    place = models.CharField(_("地点"), max_length=100, blank=True)
    attended_by = models.ManyToManyField(
        Merchant, related_name="trainings", verbose_name=_("到场商户"), blank=True
    )

    class Meta:
        verbose_name = verbose_name_plural = _("培训")
        ordering: ClassVar = ["-held_on"]

    def __str__(self) -> str:
        return f"{self.held_on} {self.title}"
