"""What this cell asks the lock register of the province, and what it was told. Without a row of `Cell`, nothing."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subsidies.claims.models.claim import Claim
from subsidies.locks.models import Lock
from subsidies.payouts.models.stop import PayoutStop


class Cell(models.Model):
    """That this installation is a cell: one row, written at a migration with REGISTER_URL.

    `epoch` rises where this database was restored and two people let it go on (`stop`): what it asked before counts no more.
    `heard_epoch`, `generation`, `position`: as the register last said. `told_at`: when it last answered; `reported_at`: when
    the province last took our sums, `heads_told` the last statement of heads that it took.
    """

    code = models.CharField(_("代码"), max_length=16)
    epoch = models.BigIntegerField(_("期号"), default=1, db_default=1)
    heard_epoch = models.BigIntegerField(_("登记处所记期号"), default=1, db_default=1)
    generation = models.BigIntegerField(_("代次"), default=0, db_default=0)
    position = models.BigIntegerField(_("位次"), default=0, db_default=0)
    stop = models.ForeignKey(
        PayoutStop, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("恢复发放")
    )
    told_at = models.DateTimeField(_("最近答复时间"), null=True, blank=True)
    reported_at = models.DateTimeField(_("最近上报时间"), null=True, blank=True)
    heads_told = models.CharField(_("已上报链头"), max_length=32, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = _("本单元")
        constraints: ClassVar = [models.CheckConstraint(name="this_is_one_cell", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.code


class LockQuestion(models.Model):
    """A question to the lock register about a claim, and what it said. PostgreSQL asks as claims come, move and end
    (`sql/cells.sql`); its id is the number under which the register knows it.

    One question about each claim is in force, the newest. `until`: the end of a reservation; `cell`, `record_no` and `kind`:
    which claim of which cell has what, where it is taken. Asked again from `next_ask_at` on.
    """

    class Ask(models.TextChoices):
        RESERVE = "reserve", _("预留")
        KEEP = "keep", _("锁定")
        RELEASE = "release", _("释放")

    class Word(models.TextChoices):
        UNKNOWN = "", _("尚未答复")
        RESERVED = "reserved", _("已预留")
        KEPT = "kept", _("已锁定")
        RELEASED = "released", _("已释放")
        TAKEN = "taken", _("已被其他地区占用")

    HELD = (Word.RESERVED, Word.KEPT)

    claim = models.ForeignKey(
        Claim, models.PROTECT, related_name="lock_questions", verbose_name=_("补贴申请")
    )
    ask = models.CharField(_("请求"), max_length=8, choices=Ask)
    in_force = models.BooleanField(_("有效"), default=True)
    asked_from = models.DateTimeField(_("提出时间"))
    next_ask_at = models.DateTimeField(_("下次询问"), null=True, blank=True)
    tries = models.PositiveIntegerField(_("询问次数"), default=0, db_default=0)
    word = models.CharField(_("答复"), max_length=8, choices=Word, blank=True, db_default="")
    generation = models.BigIntegerField(_("答复的代次"), default=0, db_default=0)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    until = models.DateTimeField(_("预留至"), null=True, blank=True)
    cell = models.CharField(_("占用单元"), max_length=16, blank=True, db_default="")
    record_no = models.CharField(_("占用记录编号"), max_length=64, blank=True, db_default="")
    kind = models.CharField(_("占用种类"), max_length=8, choices=Lock.Kind, blank=True, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = _("省级锁定询问")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(
                name="locks_to_be_asked", fields=["next_ask_at"], condition=Q(next_ask_at__isnull=False)
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_question_of_a_claim_is_in_force", fields=["claim"], condition=Q(in_force=True)
            ),
            models.CheckConstraint(
                name="what_is_taken_says_by_whom",
                condition=~Q(word="taken") | ~Q(cell="") & ~Q(record_no="") & ~Q(kind=""),
            ),
            models.CheckConstraint(
                name="a_question_is_answered_by_what_it_asked",
                condition=Q(word="")
                | Q(ask="reserve", word__in=("reserved", "taken"))
                | Q(ask="keep", word__in=("kept", "taken"))
                | Q(ask="release", word="released"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.ask} {self.word}"
