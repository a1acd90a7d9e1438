"""A month of a scheme's ledger that was closed, and the vouchers that it became."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from subsidies.schemes.models.scheme import Scheme


class PeriodQuerySet(models.QuerySet["Period"]):
    """Closes as they are asked for."""

    def live(self) -> Self:
        """Those that hold: closed, or closed by one person and not yet confirmed by another."""
        return self.exclude(state=Period.State.DECLINED)


class Period(models.Model):
    """The close (关账) of one month, by Hangzhou's days; a month without one is open.

    From the first person's step on no ledger row is dated into the month; the second confirms exactly what was frozen then,
    or declines it. A confirmed month is never opened again. `sql/closing.sql` holds all of this.

    `sums`: by ledger kind, `{"rows": …, "fen": …}`. `last_seq`, `last_hash`: the newest ledger row dated up to the month's
    end. `vouchers_digest`: `vouchers_digest()` of its vouchers. `open_items`: what was still open, as it was told. `rules`:
    the accounts and layouts that were in force, whole. `keep_until`: before that day nothing of it is deleted.
    """

    class State(models.TextChoices):
        CLOSING = "closing", _("已关账，待他人确认")
        CLOSED = "closed", _("已关账")
        DECLINED = "declined", _("未确认，已退回")

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="periods", verbose_name=_("补贴方案"))
    month = models.DateField(_("月份"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.CLOSING)
    sums = models.JSONField(_("各类合计"))
    last_seq = models.BigIntegerField(_("月末账目序号"))
    last_hash = models.BinaryField(_("月末链值"), max_length=32)
    vouchers_digest = models.BinaryField(_("凭证指纹"), max_length=32, null=True)
    open_items = models.JSONField(_("未了事项"), default=list)
    rules = models.JSONField(_("所依据的科目和版式"))
    keep_until = models.DateField(_("保管至"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("关账人")
    )
    closed_at = models.DateTimeField(_("关账时间"))
    note = models.CharField(_("说明"), max_length=500, blank=True)
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

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("月度关账"), pgettext_lazy("many", "月度关账")
        ordering: ClassVar = ["scheme", "-month", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_month_is_closed_once", fields=["scheme", "month"], condition=~Q(state="declined")
            ),
            models.CheckConstraint(name="a_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="a_close_has_two_people",
                condition=Q(state="closing", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    Q(state="closed") & ~Q(decided_by=F("closed_by"))
                    | Q(state="declined", decision_note__gt=""),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.month:%Y-%m}"


class Voucher(models.Model):
    """A bookkeeping voucher (记账凭证): the ledger rows of one kind on one day, or in the month, in accounts.

    Numbered 记-1 … within its close. `rows` and `amount_fen` are the ledger's; every entry has the whole amount.
    """

    period = models.ForeignKey(
        Period, models.PROTECT, related_name="vouchers", verbose_name=_("月度关账"), db_index=False
    )
    no = models.PositiveIntegerField(_("凭证号"))
    day = models.DateField(_("日期"))
    kind = models.CharField(_("类别"), max_length=16)
    summary = models.CharField(_("摘要"), max_length=500)
    rows = models.PositiveIntegerField(_("账目笔数"))
    amount_fen = models.BigIntegerField(_("金额(分)"))
    attachments = models.PositiveIntegerField(_("附单据数"))

    class Meta:
        verbose_name = verbose_name_plural = _("记账凭证")
        ordering: ClassVar = ["-period", "no"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="vouchers_are_numbered", fields=["period", "no"]),
            models.CheckConstraint(
                name="a_voucher_is_about_something",
                condition=Q(amount_fen__gt=0, rows__gt=0, no__gt=0) & ~Q(summary=""),
            ),
        ]

    def __str__(self) -> str:
        return f"记-{self.no}"


class VoucherEntry(models.Model):
    """One line (分录) of a voucher: an account, on its side, in one of the two books of a public unit."""

    class Book(models.TextChoices):
        FINANCIAL = "financial", _("财务会计")
        BUDGET = "budget", _("预算会计")

    class Side(models.TextChoices):
        DEBIT = "debit", _("借")
        CREDIT = "credit", _("贷")

    voucher = models.ForeignKey(
        Voucher, models.PROTECT, related_name="entries", verbose_name=_("记账凭证"), db_index=False
    )
    line = models.PositiveSmallIntegerField(_("行号"))
    book = models.CharField(_("账套"), max_length=9, choices=Book)
    side = models.CharField(_("方向"), max_length=6, choices=Side)
    account_code = models.CharField(_("科目编码"), max_length=20)
    account_name = models.CharField(_("科目名称"), max_length=60)
    amount_fen = models.BigIntegerField(_("金额(分)"))

    class Meta:
        verbose_name = verbose_name_plural = _("会计分录")
        ordering: ClassVar = ["voucher", "line"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="entries_are_numbered", fields=["voucher", "line"]),
            models.CheckConstraint(
                name="an_entry_names_an_account",
                condition=Q(amount_fen__gt=0) & ~Q(account_code="") & ~Q(account_name=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.account_code} {self.account_name}"


def previous_month(month: date) -> date:
    """The first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
