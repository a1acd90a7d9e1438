"""Agent points, and the days on which each is authorised."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.districts.models import DistrictKey
from core.ranges import days, only
from merchants.shops.models import Merchant


class AgentPoint(models.Model):
    """A counter authorised to handle trade-ins for owners (代办点), run by a merchant."""

    district = DistrictKey()
    point_no = models.CharField(_("代办点编号"), max_length=32)
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="agent_points", verbose_name=_("销售商户")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("代办点"), pgettext_lazy("many", "代办点")
        ordering: ClassVar = ["point_no"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_point_is_known_once_in_a_district", fields=["point_no", "district"]
            )
        ]

    def __str__(self) -> str:
        return self.point_no


class AgentAuthorizationQuerySet(models.QuerySet["AgentAuthorization"]):
    """Periods as they are asked for."""

    def reaching(self, day: date) -> Self:
        """Those that have not ended before this local date, begun or not."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))


class AgentAuthorization(models.Model):
    """One period (local dates, both inclusive; no end = until withdrawn) in which an agent point is authorised (授牌).

    One that was withdrawn says by whom and why, and is never changed again.
    """

    agent_point = models.ForeignKey(
        AgentPoint, models.PROTECT, related_name="authorizations", verbose_name=_("代办点")
    )
    starts_on = models.DateField(_("授权起"))
    ends_on = models.DateField(_("授权止"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("撤回人"),
        db_index=False,
    )
    withdrawal_reason = models.CharField(_("撤回原因"), max_length=500, blank=True, default="", db_default="")
    content_index = models.BinaryField(_("内容指纹"), max_length=16, null=True, blank=True)

    objects = AgentAuthorizationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("代办点授权")
        ordering: ClassVar = ["agent_point", "starts_on"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="authorization_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="a_withdrawal_has_an_end_a_person_and_a_reason",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | Q(
                    withdrawn_at__isnull=False,
                    withdrawn_by__isnull=False,
                    withdrawal_reason__gt="",
                    ends_on__isnull=False,
                ),
            ),
            ExclusionConstraint(
                name="authorizations_of_a_point_do_not_overlap",
                expressions=[
                    (only("agent_point"), RangeOperators.OVERLAPS),
                    (days("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_point_id} {self.starts_on} – {self.ends_on or ''}"

    def covers(self, day: date) -> bool:
        """Whether the point was authorised on this local date."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
