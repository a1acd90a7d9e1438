"""The scheme: a budget, its stages, and the versions of its policy. All money is integer fen."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.districts.models import DistrictKey
from core.ranges import days, only
from subsidies.schemes.states import SAID, SchemeState


class Purse(models.Model):
    """Money that was set aside and money that was spent. Only ledger rows change these sums: a trigger sees to it."""

    reserved_fen = models.BigIntegerField(_("已预留(分)"), default=0, editable=False)
    paid_fen = models.BigIntegerField(_("已发放(分)"), default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def committed_fen(self) -> int:
        """Reserved and paid together: what is no longer free."""
        return self.reserved_fen + self.paid_fen


class SchemeQuerySet(models.QuerySet["Scheme"]):
    """Schemes as they are asked for."""

    def opened(self) -> Self:
        """Those that two people opened, whatever became of them since. The others are drafts."""
        return self.exclude(state=SchemeState.DRAFT)

    def at_work(self) -> Self:
        """All but those that are archived, which are only looked up."""
        return self.exclude(state=SchemeState.ARCHIVED)

    def of(self, day: date) -> Self:
        """Those that a completion on this local day belongs to: one of each district at most.

        Whose stage covers the day; in a gap or after the last the one that had begun last (`scheme_on`, sql/schemes.sql).
        """
        found = Func(F("district"), Value(day), function="scheme_on", output_field=models.BigIntegerField())
        return self.filter(pk=found)

    def on(self, day: date, *, district: int | None = None) -> "Scheme | None":
        """The scheme of a district, or of the one that the reader reads, on this local day; None where none is open."""
        return (self if district is None else self.filter(district=district)).of(day).order_by("-pk").first()


class Scheme(Purse):
    """A subsidy scheme (实施方案). `funded_fen` is the budget: its `fund` ledger rows less its `cut` ones.

    `state` follows from what two people decided: its changes and steps. Only `sql/steps.sql` sets it.
    """

    district = DistrictKey()
    code = models.CharField(_("方案代码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    state = models.CharField(
        _("状态"),
        max_length=10,
        choices=SchemeState,
        default=SchemeState.DRAFT,
        db_default=SchemeState.DRAFT,
        editable=False,
    )
    filing_plate_pattern = models.CharField(_("备案号牌格式"), max_length=100, blank=True)
    digital_plate_pattern = models.CharField(_("新车号牌格式"), max_length=100, blank=True)
    funded_fen = models.BigIntegerField(_("资金总额(分)"), default=0, editable=False)
    ledger_seq = models.BigIntegerField(_("账目序号"), default=0, editable=False)
    ledger_head = models.BinaryField(_("账链末值"), max_length=32, default=bytes(32), editable=False)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("补贴方案"), pgettext_lazy("many", "补贴方案")
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="scheme_is_never_oversold",
                condition=Q(
                    reserved_fen__gte=0, paid_fen__gte=0, funded_fen__gte=F("reserved_fen") + F("paid_fen")
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def policy(self) -> "PolicyVersion":
        """The newest version: what claims that come in now are judged by. Raises DoesNotExist while it is being set up."""
        return self.policies.latest("version")

    @property
    def is_open(self) -> bool:
        """Whether it takes claims and allots money."""
        return self.state == SchemeState.OPEN

    @property
    def said(self) -> str:
        """What its state means for whoever asks for money, in a sentence of the active language; "" where it is open."""
        return str(SAID.get(SchemeState(self.state), ""))

    @property
    def available_fen(self) -> int:
        """What new claims may still be promised."""
        return self.funded_fen - self.committed_fen


class Stage(Purse):
    """A window of local dates (both inclusive; Asia/Shanghai) and the amount that completing in it earns.

    The row is who the stage is and what was spent in it. Its terms always say what the newest policy version says.
    """

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="stages", verbose_name=_("补贴方案"))
    no = models.PositiveSmallIntegerField(_("阶段"))
    starts_on = models.DateField(_("起始日期"))
    ends_on = models.DateField(_("截止日期"))
    amount_fen = models.BigIntegerField(_("补贴标准(分)"))
    cap_fen = models.BigIntegerField(_("阶段上限(分)"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("补贴阶段")
        ordering: ClassVar = ["scheme", "no"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="stage_numbers_are_unique", fields=["scheme", "no"]),
            models.CheckConstraint(
                name="stage_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(name="stage_amount_is_positive", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="stage_is_never_oversold",
                condition=Q(reserved_fen__gte=0, paid_fen__gte=0)
                & (Q(cap_fen__isnull=True) | Q(cap_fen__gte=F("reserved_fen") + F("paid_fen"))),
            ),
            ExclusionConstraint(
                name="stages_do_not_overlap",
                expressions=[
                    (only("scheme"), RangeOperators.OVERLAPS),
                    (days("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.IMMEDIATE,  # looked at once per statement: a cut-off moves two windows at once
            ),
        ]

    def __str__(self) -> str:
        return _("第 %(no)s 阶段") % {"no": self.no}

    def covers(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on

    @property
    def left_fen(self) -> int | None:
        """What the stage's own cap leaves; None where it has none."""
        return None if self.cap_fen is None else self.cap_fen - self.committed_fen


class PolicyVersion(models.Model):
    """One version of the rules. A claim pins the version that decides it; versions are added, never edited.

    `stages` are the stages' terms under this version: number, dates, amount and cap, in the order of their numbers.
    `sql/schemes.sql` holds the stage rows to the newest version's.
    """

    class HeadOfLine(models.TextChoices):
        STRICT = "strict", _("严格排队：前面放不下就停")
        SKIP = "skip", _("放不下者等待，后面继续")

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="policies", verbose_name=_("补贴方案"))
    version = models.PositiveIntegerField(_("版本"))
    head_of_line = models.CharField(
        _("排队规则"), max_length=8, choices=HeadOfLine, default=HeadOfLine.STRICT
    )
    per_person_cap = models.PositiveIntegerField(_("每人上限"), null=True, blank=True, default=1)
    filed_years_limit = models.PositiveSmallIntegerField(_("备案年限"), null=True, blank=True, default=7)
    settle_lag_hours = models.PositiveIntegerField(_("结算等待(小时)"), default=0)
    # Within how many working days a case that waits for a person is decided; none: no term.
    review_days = models.PositiveSmallIntegerField(
        _("办理时限(工作日)"), null=True, blank=True, default=10, db_default=10
    )
    # Whose money it is, by this version; none: the installation's (PAYER_WALLET). Frozen into each batch when it is made.
    payer_wallet = models.CharField(_("付款钱包"), max_length=32, blank=True, default="", db_default="")
    payer_name = models.CharField(_("付款单位"), max_length=100, blank=True, default="", db_default="")
    stages = models.JSONField(_("各阶段"), default=list)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("生效时间"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("制定人"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("批准人"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("政策版本")
        ordering: ClassVar = ["scheme", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="policy_versions_are_numbered", fields=["scheme", "version"]),
            models.CheckConstraint(
                name="a_new_version_needs_a_note_and_two_people",
                condition=Q(version=1)
                | Q(
                    ~Q(created_by=F("approved_by")),
                    created_by__isnull=False,
                    approved_by__isnull=False,
                    note__gt="",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} v{self.version}"
