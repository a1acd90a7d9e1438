"""A step in a scheme's life that one person proposes and another confirms."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subsidies.schemes.models.scheme import Scheme
from subsidies.schemes.states import SchemeState, StepKind


class SchemeStepQuerySet(models.QuerySet["SchemeStep"]):
    """Steps as they are asked for."""

    def open(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(state=SchemeStep.State.PROPOSED)


class SchemeStep(models.Model):
    """That a scheme is suspended, resumed, closed, archived, or one of these taken back (方案启停): by two people.

    `from_state` is where the scheme stood when it was proposed; `sql/steps.sql` moves it on when the step is confirmed.
    `named`: for each point that was open at a close (a code of `selectors/open_points.py`), why the scheme may be closed
    all the same. `open_points`: what was open at the confirmation, as it was shown: code, title, count, fen.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人确认")
        CONFIRMED = "confirmed", _("已确认")
        DECLINED = "declined", _("未确认，已退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="steps", verbose_name=_("补贴方案"))
    kind = models.CharField(_("事项"), max_length=8, choices=StepKind)
    from_state = models.CharField(_("原状态"), max_length=10, choices=SchemeState)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.PROPOSED)
    note = models.CharField(_("理由"), max_length=500)
    named = models.JSONField(_("未了事项的说明"), default=dict, blank=True)
    open_points = models.JSONField(_("未了事项"), default=list, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("决定人"),
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decision_note = models.CharField(_("决定说明"), max_length=500, blank=True)

    objects = SchemeStepQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("方案启停")
        ordering: ClassVar = ["-id"]
        default_permissions: ClassVar = ()  # whoever proposes and decides changes of a scheme does so here
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_step_per_scheme", fields=["scheme"], condition=Q(state="proposed")
            ),
            models.CheckConstraint(name="a_scheme_step_has_a_note", condition=Q(note__gt="")),
            models.CheckConstraint(
                name="a_scheme_step_has_two_people",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    Q(state="confirmed") | Q(state="declined", decision_note__gt=""),
                    ~Q(decided_by=F("proposed_by")),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(
                    state="withdrawn",
                    decided_by=F("proposed_by"),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.kind}"
