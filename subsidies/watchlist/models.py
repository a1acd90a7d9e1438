"""The fraud list (待查名单): whom and what enforcement is to look into; entered, and taken off again, by two people."""

from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.privacy.sealing import DrawnIdField, SealedField
from merchants.models import Merchant

_KEPT = ["confirmed", "lifting"]


class WatchEntryQuerySet(models.QuerySet["WatchEntry"]):
    """Entries as they are asked for."""

    def in_force(self, day: date) -> Self:
        """Those that hold what matches them on this local day."""
        return self.filter(state__in=_KEPT, expires_on__gte=day)

    def waiting(self) -> Self:
        """Those of which one person has said something that waits for another."""
        return self.filter(state__in=["proposed", "lifting"])


def _person(title: Any) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=title,
        db_index=False,
    )


class WatchEntry(models.Model):
    """One person, phone, wallet or shop. The `value` is sealed and found by its blind index; `value_print` is the keyed
    fingerprint that the marks hold. What an entry says never changes (`sql/watchlist.sql`).
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("人员(证件号码)")
        PHONE = "phone", _("手机号")
        WALLET = "wallet", _("数字人民币钱包")
        SHOP = "shop", _("商户")

    class Reason(models.TextChoices):
        UNTRUE = "untrue", _("疑似虚假交易")
        IDENTITY = "identity", _("冒用他人身份")
        REPORT = "report", _("举报投诉，待执法核查")
        CASE = "case", _("已立案")
        OTHER = "other", _("其他(请在说明中写明)")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人确认列入")
        CONFIRMED = "confirmed", _("在名单上")
        DECLINED = "declined", _("未列入")
        LIFTING = "lifting", _("待他人确认移出")
        LIFTED = "lifted", _("已移出")

    id = DrawnIdField(primary_key=True)
    district = DistrictKey()
    kind = models.CharField(_("种类"), max_length=8, choices=Kind)
    value = SealedField(_("号码"), null=True, blank=True, bound_to=("id", "kind"))
    value_index = models.BinaryField(max_length=16, null=True, blank=True, db_index=True)
    value_print = models.CharField(max_length=32, blank=True, editable=False)
    merchant = models.ForeignKey(
        Merchant, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("商户")
    )
    reason = models.CharField(_("原因"), max_length=16, choices=Reason)
    note = models.CharField(_("说明"), max_length=500)
    expires_on = models.DateField(_("有效期至"))
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("提出人"),
        db_index=False,
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = _person(_("确认人"))
    decided_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    lift_by = _person(_("提出移出"))
    lift_note = models.CharField(_("移出理由"), max_length=500, blank=True)
    lifted_by = _person(_("确认移出"))
    lifted_at = models.DateTimeField(_("移出时间"), null=True, blank=True)

    objects = WatchEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("待查名单")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_entry_names_a_value_or_a_shop",
                condition=Q(kind="shop", merchant__isnull=False, value__isnull=True, value_index__isnull=True)
                | ~Q(kind="shop")
                & Q(
                    merchant__isnull=True, value__isnull=False, value_index__isnull=False, value_print__gt=""
                ),
            ),
            models.CheckConstraint(
                name="an_entry_has_two_people",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")) | Q(state="declined"),
            ),
            models.CheckConstraint(
                name="an_entry_is_lifted_by_two_people",
                condition=Q(lifted_by__isnull=True) | ~Q(lifted_by=F("lift_by")),
            ),
            models.CheckConstraint(
                name="an_entry_says_who_decided",
                condition=Q(state="proposed", decided_by__isnull=True)
                | ~Q(state="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_lifted_entry_names_who",
                condition=Q(state="lifted", lift_by__isnull=False, lifted_by__isnull=False, lift_note__gt="")
                | Q(state="lifting", lift_by__isnull=False, lifted_by__isnull=True, lift_note__gt="")
                | Q(
                    state__in=["proposed", "confirmed", "declined"],
                    lift_by__isnull=True,
                    lifted_by__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
