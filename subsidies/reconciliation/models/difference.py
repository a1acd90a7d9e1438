"""Where the three books do not say the same of a payment: a case, until they do or two people have closed it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Difference(models.Model):
    """What is not the same of one payment. While one is open no new order leaves.

    `ours`, `theirs`: what each side says, in a word and fen, so that a fact that two people have closed is known again.
    """

    class Kind(models.TextChoices):
        OURS = "ours", _("本系统已付，对账单没有")
        THEIRS = "theirs", _("对账单已付，本系统没有")
        PENDING = "pending", _("对账单已付，本系统结果待查")
        AMOUNT = "amount", _("金额不同")
        PAYEE = "payee", _("收款人不同")
        STATE = "state", _("对账单已付，本系统记为未付")
        TWICE = "twice", _("同一请求号付款不止一次")
        DAY = "day", _("付款日不同")
        CONTRADICTS = "contra", _("对账单自相矛盾")
        RETURNED = "returned", _("对账单已退回，本系统仍记为已付")
        GONE = "gone", _("对账单曾有，现在没有")
        LEDGER = "ledger", _("账目与发放明细不符")

    class State(models.TextChoices):
        OPEN = "open", _("待处理")
        PROPOSED = "proposed", _("已提出处理，待他人核准")
        SIGNED = "signed", _("两人已签认")
        AGREED = "agreed", _("已自行一致")

    class Resolution(models.TextChoices):
        EXPLAINED = "explained", _("差异已查明，不需入账")
        NOT_PAID = "not_paid", _("款项未付出或已退回，按退回入账")
        PAID = "paid", _("款项确已付出，按已付入账")

    number = models.CharField(_("请求号"), max_length=64)
    kind = models.CharField(_("差异"), max_length=8, choices=Kind)
    day = models.DateField(_("付款日"))
    ours = models.CharField(_("本系统"), max_length=64, blank=True)
    theirs = models.CharField(_("对账单"), max_length=64, blank=True)
    line = models.ForeignKey(
        "subsidies.PayoutLine",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="differences",
        verbose_name=_("发放明细"),
    )
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(_("发现时间"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("负责人"),
    )
    resolution = models.CharField(_("处理"), max_length=12, choices=Resolution, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("提出人"),
    )
    proposed_at = models.DateTimeField(_("提出时间"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("核准人"),
    )
    closed_at = models.DateTimeField(_("了结时间"), null=True, blank=True)

    LIVE: ClassVar = (State.OPEN, State.PROPOSED)

    class Meta:
        verbose_name, verbose_name_plural = _("对账差异"), _("对账差异")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(name="differences_by_day", fields=["day"]),
            models.Index(name="live_differences", fields=["id"], condition=Q(state__in=["open", "proposed"])),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_live_difference_of_a_kind",
                fields=["number", "kind"],
                condition=Q(state__in=["open", "proposed"]),
            ),
            models.CheckConstraint(
                name="differences_are_closed_by_two_people",
                condition=Q(state__in=["open", "agreed"], signed_by__isnull=True)
                | (
                    Q(state="proposed", proposed_by__isnull=False, signed_by__isnull=True)
                    & ~Q(resolution="")
                    & ~Q(note="")
                )
                | (
                    Q(state="signed", proposed_by__isnull=False, signed_by__isnull=False)
                    & ~Q(resolution="")
                    & ~Q(proposed_by=F("signed_by"))
                ),
            ),
            models.CheckConstraint(
                name="closed_differences_say_when",
                condition=Q(state__in=["open", "proposed"], closed_at__isnull=True)
                | Q(state__in=["signed", "agreed"], closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()} {self.number}"
