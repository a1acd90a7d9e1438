"""What each finance bureau has its own way of: the accounts, and how vouchers and requests look."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ClosingRule(models.Model):
    """A version of the accounts or of a layout (关账规则): proposed by one person, decided by another, never edited.

    The newest approved one of its subject is in force; before there is any, the shipped one (`closing/shipped.py`). What a
    close or request was made by stands in it whole. `content`: `AccountMap.as_json()` or `Layout.as_json()`.
    """

    class Subject(models.TextChoices):
        ACCOUNTS = "accounts", _("科目对应表")
        VOUCHER = "voucher", _("记账凭证版式")
        REQUEST = "request", _("用款申请版式")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人核准")
        APPROVED = "approved", _("已核准")
        DECLINED = "declined", _("未核准")

    subject = models.CharField(_("规则"), max_length=8, choices=Subject)
    version = models.PositiveIntegerField(_("版本"))
    content = models.JSONField(_("内容"))
    note = models.CharField(_("说明"), max_length=500)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.PROPOSED)
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
        verbose_name=_("核准人"),
    )
    decided_at = models.DateTimeField(_("核准时间"), null=True, blank=True)
    decision_note = models.CharField(_("核准说明"), max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("科目和版式")
        ordering: ClassVar = ["subject", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="closing_rules_are_numbered", fields=["subject", "version"]),
            models.UniqueConstraint(
                name="one_open_closing_rule", fields=["subject"], condition=Q(state="proposed")
            ),
            models.CheckConstraint(
                name="a_closing_rule_has_two_people",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    Q(state="approved") & ~Q(decided_by=F("proposed_by")) | Q(state="declined"),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
            models.CheckConstraint(name="a_closing_rule_has_a_note", condition=Q(note__gt="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.version}"
