"""Merchants, agent points, and the days on which each may do what."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from merchants.models.ranges import days, only


class Merchant(models.Model):
    """A shop that sells e-bikes (销售商户), known by its unified social credit code (GB 32100)."""

    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    subdistrict = models.CharField(_("街道"), max_length=50, blank=True)
    registered_on = models.DateField(_("平台注册日期"), null=True, blank=True)
    trade_in_enabled_on = models.DateField(_("淘汰置换开通日期"), null=True, blank=True)
    content_index = models.BinaryField(_("内容指纹"), max_length=16, null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("销售商户"), pgettext_lazy("many", "销售商户")
        ordering: ClassVar = ["uscc"]

    def __str__(self) -> str:
        return self.name


class AgentPoint(models.Model):
    """A counter authorised to handle trade-ins for owners (代办点), run by a merchant."""

    point_no = models.CharField(_("代办点编号"), max_length=32, unique=True)
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, related_name="agent_points", verbose_name=_("销售商户")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("代办点"), pgettext_lazy("many", "代办点")
        ordering: ClassVar = ["point_no"]

    def __str__(self) -> str:
        return self.point_no


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


class CommitmentLetter(models.Model):
    """The letter (承诺书) in which a merchant commits to the scheme's rules, and the day it was posted in the shop.

    One that was signed on line names who did, when, and the text's fingerprint; `photo` shows it hanging in the shop.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="letters", verbose_name=_("销售商户"))
    text_version = models.CharField(_("文本版本"), max_length=32)
    text_sha256 = models.CharField(_("文本指纹"), max_length=64, blank=True)
    signed_on = models.DateField(_("签订日期"))
    signed_at = models.DateTimeField(_("签订时间"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("签订人"),
    )
    signer = models.CharField(_("签字人姓名"), max_length=64, blank=True)
    photo = models.CharField(_("上墙照片"), max_length=32, blank=True)
    posted_at = models.DateField(_("上墙公示日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("承诺书")
        ordering: ClassVar = ["merchant", "-signed_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_letter_per_merchant_and_version", fields=["merchant", "text_version"]
            ),
            models.CheckConstraint(
                name="letter_posted_after_it_was_signed",
                condition=Q(posted_at__isnull=True) | Q(posted_at__gte=F("signed_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.text_version}"


class Training(models.Model):
    """A training held by the regulator, and which merchants came."""

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
