"""A change of a scheme that one person proposes and another decides."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subsidies.schemes.models.scheme import PolicyVersion, Scheme


class SchemeChangeQuerySet(models.QuerySet["SchemeChange"]):
    """Changes as they are asked for."""

    def open(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(state=SchemeChange.State.PROPOSED)


class SchemeChange(models.Model):
    """What a scheme shall be like from now on (方案变更): all its terms, and by how much its budget grows or shrinks.

    `terms` are a policy version's settings and stages, `budget_fen` is what comes on top (below 0: is taken out).
    A proposal is decided once, by somebody else, or withdrawn by its proposer; `sql/schemes.sql` refuses any other
    change. `version` is the policy version that it became; a change of the budget alone becomes none.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待批准")
        APPROVED = "approved", _("已批准")
        REJECTED = "rejected", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="changes", verbose_name=_("补贴方案"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.PROPOSED)
    based_on = models.PositiveIntegerField(_("所依据的版本"))
    terms = models.JSONField(_("变更后的规定"))
    budget_fen = models.BigIntegerField(_("资金增减(分)"), default=0)
    ref = models.CharField(_("文号"), max_length=64, blank=True)
    note = models.CharField(_("说明"), max_length=500)
    proposed_at = models.DateTimeField(_("提出时间"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("决定人"),
    )
    decision_note = models.CharField(_("决定说明"), max_length=500, blank=True)
    seen = models.CharField(_("批准时所见摘要"), max_length=64, blank=True, default="", db_default="")
    version = models.OneToOneField(
        PolicyVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="change",
        verbose_name=_("形成的版本"),
    )

    objects = SchemeChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("方案变更")
        ordering: ClassVar = ["-id"]
        permissions: ClassVar = [
            ("propose_schemechange", _("提出方案变更")),
            ("propose_budget", _("提出资金增减")),
            ("decide_schemechange", _("批准或退回方案变更")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_open_change_per_scheme", fields=["scheme"], condition=Q(state="proposed")
            ),
            models.CheckConstraint(name="a_scheme_change_has_a_note", condition=Q(note__gt="")),
            models.CheckConstraint(
                name="a_scheme_change_is_decided_by_somebody_else",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    Q(state="approved") | Q(state="rejected", decision_note__gt=""),
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
            models.CheckConstraint(
                name="only_an_approved_change_becomes_a_version",
                condition=Q(version__isnull=True) | Q(state="approved"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} #{self.pk}"
