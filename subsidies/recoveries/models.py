"""Recovery cases: what is demanded back, in which instalments, what came, and what two people decided of it since."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from core.districts.models import DistrictKey
from subsidies.claims.models.claim import Claim
from subsidies.decision_reasons import START_RECOVERY


def _person(title: object, *, null: bool = True) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=null,
        blank=null,
        related_name="+",
        verbose_name=title,  # type: ignore[arg-type] # gettext_lazy's stub
    )


class RecoveryQuerySet(models.QuerySet["RecoveryCase"]):
    """Recovery cases as they are asked for."""

    def unended(self) -> Self:
        """Those that wait to be confirmed, and those whose money is being asked back."""
        return self.filter(state__in=RecoveryCase.UNENDED)


class RecoveryCase(models.Model):
    """One demand of paid money (追回), proposed by one person and confirmed by another, who gives it its number.

    `amount_fen` is what is demanded: the whole of what was paid, or what was paid too much. The instalments of plan
    `plan_no` add up to what was still open when that plan was made, `planned_from_fen` being received by then.
    `surplus_fen`: what came in beyond the demand, since the payment itself was returned as well; it is the payer's.
    `sql/recoveries.sql` holds who does what, the numbers, the sums, and that what was confirmed stays as it was.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人核准")
        DECLINED = "declined", _("未核准")
        OPEN = "open", _("追回中")
        RECOVERED = "recovered", _("已追回")
        WRITTEN_OFF = "written_off", _("已核销")
        DROPPED = "dropped", _("已撤销")
        RETURNED = "returned", _("款项已由运营机构退回")

    UNENDED: ClassVar = (State.PROPOSED, State.OPEN)

    district = DistrictKey()
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="recoveries", verbose_name=_("补贴申请"))
    year = models.PositiveSmallIntegerField(_("年份"), null=True, blank=True)
    serial = models.PositiveIntegerField(_("序号"), null=True, blank=True)
    number = models.CharField(_("文号"), max_length=40, null=True, blank=True, unique=True)
    reason = models.CharField(_("理由"), max_length=32, choices=START_RECOVERY)
    basis = models.CharField(_("法律依据"), max_length=300)
    note = models.CharField(_("事实"), max_length=500)
    amount_fen = models.BigIntegerField(_("追回金额(分)"))
    plan_no = models.PositiveSmallIntegerField(_("还款计划"), default=0)
    planned_from_fen = models.BigIntegerField(_("制定计划时已收(分)"), default=0)
    surplus_fen = models.BigIntegerField(_("多收、待退还(分)"), default=0)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.PROPOSED)
    proposed_by = _person(_("提出人"), null=False)
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = _person(_("核准人"))
    decided_at = models.DateTimeField(_("核准时间"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("移送时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_("了结时间"), null=True, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("追回案件")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(name="recoveries_to_be_done", fields=["id"], condition=Q(ended_at__isnull=True)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_unended_recovery_of_a_claim",
                fields=["claim"],
                condition=Q(state__in=["proposed", "open"]),
            ),
            models.UniqueConstraint(name="recoveries_are_numbered", fields=["district", "year", "serial"]),
            models.CheckConstraint(
                name="a_recovery_is_confirmed_by_another",
                condition=Q(state__in=["proposed", "declined"], number__isnull=True, serial__isnull=True)
                | Q(
                    ~Q(decided_by=F("proposed_by")),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    number__isnull=False,
                    year__isnull=False,
                    serial__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="an_ended_recovery_says_when",
                condition=Q(state__in=["proposed", "open"], ended_at__isnull=True)
                | (~Q(state__in=["proposed", "open"]) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_recovery_says_why", condition=Q(basis__gt="", note__gt="", amount_fen__gt=0)
            ),
            models.CheckConstraint(
                name="only_an_ended_recovery_has_a_surplus",
                condition=Q(surplus_fen=0) | (Q(surplus_fen__gt=0) & ~Q(state__in=["proposed", "open"])),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_state_display()} {self.claim_id}"

    @property
    def received_fen(self) -> int:
        """What came in and was confirmed."""
        counted = self.receipts.filter(state=RecoveryReceipt.State.CONFIRMED)
        return int(counted.aggregate(fen=Sum("amount_fen"))["fen"] or 0)

    @property
    def open_fen(self) -> int:
        """What is still demanded; nothing once it has ended."""
        return self.amount_fen - self.received_fen if self.state == self.State.OPEN else 0


class RecoveryInstalment(models.Model):
    """A part of what is demanded, due on a local day. A plan is never changed: a next one takes its place."""

    case = models.ForeignKey(
        RecoveryCase, models.PROTECT, related_name="instalments", verbose_name=_("追回案件"), db_index=False
    )
    plan_no = models.PositiveSmallIntegerField(_("还款计划"), default=0)
    no = models.PositiveSmallIntegerField(_("期次"))
    due_on = models.DateField(_("到期日"))
    amount_fen = models.BigIntegerField(_("金额(分)"))

    class Meta:
        verbose_name = verbose_name_plural = _("还款计划")
        ordering: ClassVar = ["case", "plan_no", "no"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="instalments_are_numbered", fields=["case", "plan_no", "no"]),
            models.CheckConstraint(name="instalments_are_positive", condition=Q(amount_fen__gt=0, no__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.no} {self.due_on}"


class RecoveryReceipt(models.Model):
    """Money that came back (收款), taken down by one person and confirmed by another: that moves the ledger.

    `number` is the case's with the receipt's own behind it: the ledger's row names it. `set_off`: the claim whose subsidy is
    kept in place of a payment.
    """

    class State(models.TextChoices):
        TAKEN = "taken", _("待他人核对")
        CONFIRMED = "confirmed", _("已入账")
        DECLINED = "declined", _("未予入账")

    class Way(models.TextChoices):
        TRANSFER = "transfer", _("银行转账")
        WALLET = "wallet", _("数字人民币")
        CASH = "cash", _("现金缴存")
        COURT = "court", _("法院执行划扣")
        SET_OFF = "set_off", _("抵扣应发补贴")

    case = models.ForeignKey(
        RecoveryCase, models.PROTECT, related_name="receipts", verbose_name=_("追回案件"), db_index=False
    )
    no = models.PositiveSmallIntegerField(_("收款序号"))
    number = models.CharField(_("收款编号"), max_length=48, unique=True)
    way = models.CharField(_("收款方式"), max_length=8, choices=Way)
    amount_fen = models.BigIntegerField(_("金额(分)"))
    received_on = models.DateField(_("到账日期"))
    voucher = models.CharField(_("凭证号"), max_length=64)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    set_off = models.ForeignKey(
        Claim,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="set_off_by",
        verbose_name=_("抵扣的申请"),
    )
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.TAKEN)
    taken_by = _person(_("登记人"), null=False)
    taken_at = models.DateTimeField(_("登记时间"))
    decided_by = _person(_("核对人"))
    decided_at = models.DateTimeField(_("核对时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("追回收款")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="receipts_are_numbered", fields=["case", "no"]),
            models.UniqueConstraint(
                name="a_claim_is_set_off_once",
                fields=["set_off"],
                condition=Q(state__in=["taken", "confirmed"]),
            ),
            models.CheckConstraint(
                name="a_receipt_has_two_people",
                condition=Q(state="taken", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="declined", decided_by__isnull=False, decided_at__isnull=False)
                | Q(
                    ~Q(decided_by=F("taken_by")),
                    state="confirmed",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="a_set_off_names_its_claim",
                condition=Q(way="set_off", set_off__isnull=False)
                | (~Q(way="set_off") & Q(set_off__isnull=True)),
            ),
            models.CheckConstraint(
                name="receipts_are_positive_and_vouched", condition=Q(amount_fen__gt=0, voucher__gt="")
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RecoveryStep(models.Model):
    """What is to become of a confirmed case, proposed by one person and approved by another.

    Of `REPLAN`, `plan_no` is the plan that would take the place of the present one; `reference` is the number of the court's
    or enforcing office's paper, or of the voucher of what was paid back.
    """

    class Kind(models.TextChoices):
        REPLAN = "replan", _("变更还款计划")
        HAND_OVER = "hand_over", _("移送强制执行")
        WRITE_OFF = "write_off", _("核销余款")
        DROP = "drop", _("撤销追回")
        REFUND = "refund", _("退还多收的款项")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人核准")
        APPROVED = "approved", _("已核准")
        DECLINED = "declined", _("未核准")

    case = models.ForeignKey(
        RecoveryCase, models.PROTECT, related_name="steps", verbose_name=_("追回案件"), db_index=False
    )
    kind = models.CharField(_("办理"), max_length=16, choices=Kind)
    plan_no = models.PositiveSmallIntegerField(_("还款计划"), null=True, blank=True)
    reference = models.CharField(_("凭证或文号"), max_length=64, blank=True)
    note = models.CharField(_("理由"), max_length=500)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.PROPOSED)
    proposed_by = _person(_("提出人"), null=False)
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = _person(_("核准人"))
    decided_at = models.DateTimeField(_("核准时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("追回办理")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(name="steps_of_a_recovery", fields=["case", "id"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_proposed_step_of_a_recovery", fields=["case"], condition=Q(state="proposed")
            ),
            models.CheckConstraint(
                name="a_step_has_two_people",
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="declined", decided_by__isnull=False, decided_at__isnull=False)
                | Q(
                    ~Q(decided_by=F("proposed_by")),
                    state="approved",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="a_new_plan_is_named_and_a_step_says_why",
                condition=Q(note__gt="")
                & (Q(kind="replan", plan_no__isnull=False) | (~Q(kind="replan") & Q(plan_no__isnull=True))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_kind_display()}"


class RecoveryReminder(models.Model):
    """That an overdue instalment was reminded of; the first at once, the next after so many days."""

    instalment = models.ForeignKey(
        RecoveryInstalment,
        models.PROTECT,
        related_name="reminders",
        verbose_name=_("还款计划"),
        db_index=False,
    )
    no = models.PositiveSmallIntegerField(_("第几次"))
    open_fen = models.BigIntegerField(_("逾期金额(分)"))
    at = models.DateTimeField(_("催缴时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("催缴")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="an_instalment_is_reminded_of_in_turn", fields=["instalment", "no"]),
        ]

    def __str__(self) -> str:
        return f"{self.instalment_id} {self.no}"
