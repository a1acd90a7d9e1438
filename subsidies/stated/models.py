"""Figures from outside, and what a scheme was expected to come to."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from core.privacy.proofs import HAS_PROOF_WHOLE, Proved
from subsidies.schemes.models.scheme import Scheme

PLANS = ("plan_people", "plan_fen")


class StatedFigureQuerySet(models.QuerySet["StatedFigure"]):
    """Figures as they are asked for."""

    def open(self) -> Self:
        """Those that nobody has confirmed or given back yet."""
        return self.filter(state=StatedFigure.State.PROPOSED)

    def confirmed(self) -> Self:
        return self.filter(state=StatedFigure.State.CONFIRMED)


class StatedFigure(Proved):
    """One figure that somebody states (外部数据): `value` in pieces, people or, of a planned sum, fen.

    `as_of`: the day for which the source gives it. `exactness`: how the source says it. A plan belongs to a scheme, and to
    one of its stages where `stage_no` says so. It is told by one person and counts when another has confirmed it;
    `sql/stated.sql` keeps it as it was told. One that is wrong is followed by another.
    """

    class Subject(models.TextChoices):
        CODE_PLATES = "code_plates", _("累计发放“码牌合一”号牌(块)")
        FILED_BIKES = "filed_bikes", _("全区备案非标电动自行车(辆)")
        ONLINE_TRADE_INS = "online_trade_ins", _("累计线上淘汰置换(台)")
        PLAN_PEOPLE = "plan_people", _("预计符合发放对象(人)")
        PLAN_FEN = "plan_fen", _("预计发放金额(元)")
        OTHER = "other", _("其他")

    class Exactness(models.TextChoices):
        EXACT = "exact", _("确数")
        OVER = "over", _("余(多于此数)")
        NEARLY = "nearly", _("近(少于此数)")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人确认")
        CONFIRMED = "confirmed", _("已确认")
        DECLINED = "declined", _("未确认，已退回")

    district = DistrictKey()
    subject = models.CharField(_("指标"), max_length=16, choices=Subject)
    title = models.CharField(_("名称"), max_length=100, blank=True)
    scheme = models.ForeignKey(
        Scheme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stated_figures",
        verbose_name=_("补贴方案"),
    )
    stage_no = models.PositiveSmallIntegerField(_("阶段"), null=True, blank=True)
    value = models.BigIntegerField(_("数值"))
    exactness = models.CharField(_("精确程度"), max_length=8, choices=Exactness, default=Exactness.EXACT)
    as_of = models.DateField(_("截至日期"))
    source = models.CharField(_("来源"), max_length=200)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PROPOSED)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("登记人")
    )
    told_at = models.DateTimeField(_("登记时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("确认人"),
    )
    decided_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    decision_note = models.CharField(_("确认说明"), max_length=500, blank=True)

    objects = StatedFigureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("外部数据")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(name="stated_figures_by_day", fields=["subject", "-as_of", "-id"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_stated_figure_is_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(name="a_stated_figure_has_a_source", condition=Q(source__gt="")),
            models.CheckConstraint(name="a_stated_figure_has_its_proof_whole", condition=HAS_PROOF_WHOLE),
            models.CheckConstraint(
                name="a_plan_is_a_schemes_and_what_is_other_has_a_name",
                condition=Q(subject__in=PLANS, scheme__isnull=False, title="")
                | Q(subject="other", title__gt="", stage_no__isnull=True)
                | Q(~Q(subject__in=[*PLANS, "other"]), title="", scheme__isnull=True, stage_no__isnull=True),
            ),
            models.CheckConstraint(
                name="a_stated_figure_has_two_people",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    Q(state="confirmed") & ~Q(decided_by=F("told_by"))
                    | Q(state="declined", decision_note__gt=""),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.get_subject_display())

    @property
    def is_money(self) -> bool:
        """Whether the value is fen."""
        return self.subject == self.Subject.PLAN_FEN
