"""The operator's statement as it was read: by the adapter each morning, or from a file that two people take in."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.privacy.sealing import SealedField


class StatementLayout(models.Model):
    """How an operator's file is read, told once: which title means what (`columns`), and which word which state (`words`).

    `fingerprint`: the digest of the file's titles, by which the next file of the kind is recognised.
    """

    fingerprint = models.CharField(_("表头指纹"), max_length=64, unique=True)
    columns = models.JSONField(_("列对应"))
    words = models.JSONField(_("状态用语"))
    in_fen = models.BooleanField(_("金额以分为单位"), default=False)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("设定人")
    )
    told_at = models.DateTimeField(_("设定时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("对账单格式")

    def __str__(self) -> str:
        return "、".join(map(str, self.columns.values()))


class StatementFile(models.Model):
    """A statement that somebody uploaded, sealed as it was sent (base64)."""

    file_name = models.CharField(_("文件名"), max_length=200)
    digest = models.CharField(_("文件摘要"), max_length=64, unique=True)
    content = SealedField(_("文件内容"), bound_to=["digest"])
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("上传人")
    )
    sent_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("对账单文件")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class StatementReading(models.Model):
    """One reading of the statement of some days (Asia/Shanghai), both included. Sums in fen, of what was paid."""

    class Source(models.TextChoices):
        OPERATOR = "operator", _("接口读取")
        FILE = "file", _("上传文件")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待他人核对")
        TAKEN = "taken", _("已采用")
        DECLINED = "declined", _("未采用")

    source = models.CharField(_("来源"), max_length=8, choices=Source)
    state = models.CharField(_("状态"), max_length=8, choices=State)
    first_day = models.DateField(_("自"))
    last_day = models.DateField(_("至"))
    read_at = models.DateTimeField(_("读取时间"))
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("上传人"),
    )
    payments = models.PositiveIntegerField(_("笔数"))
    paid_fen = models.BigIntegerField(_("付款金额(分)"))
    returned = models.PositiveIntegerField(_("退回笔数"))
    file = models.ForeignKey(
        StatementFile,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="readings",
        verbose_name=_("对账单文件"),
    )
    layout = models.ForeignKey(
        StatementLayout, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("对账单格式")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("核对人"),
    )
    decided_at = models.DateTimeField(_("核对时间"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=1000, blank=True, default="", db_default="")

    class Meta:
        verbose_name = verbose_name_plural = _("对账单")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(name="readings_by_day", fields=["state", "last_day"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="statement_days_are_in_order", condition=Q(first_day__lte=F("last_day"))
            ),
            models.CheckConstraint(
                name="a_statement_file_has_two_people",
                condition=Q(source="operator", state="taken", file__isnull=True)
                | Q(
                    source="file",
                    file__isnull=False,
                    state="proposed",
                    read_by__isnull=False,
                    decided_by__isnull=True,
                )
                | (
                    Q(source="file", file__isnull=False, read_by__isnull=False, decided_by__isnull=False)
                    & ~Q(read_by=F("decided_by"))
                ),
            ),
            models.UniqueConstraint(
                name="one_file_waits_or_counts_once",
                fields=["file"],
                condition=~Q(state="declined"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day} {self.get_source_display()}"


class StatementEntry(models.Model):
    """One payment as the statement has it, by its number. `times`: how often it was paid; `day`: on which day, first.

    `payee_agrees`: whether the digits of the payee that are told are those of our order; None where there is no order.
    `contradicts`: in what its lines within one statement differ; `before`: what an earlier reading told, where that was
    something else. The newest reading counts.
    """

    number = models.CharField(_("请求号"), max_length=64, unique=True)
    amount_fen = models.BigIntegerField(_("金额(分)"))
    paid_at = models.DateTimeField(_("付款时间"))
    day = models.DateField(_("付款日"))
    payee_tail = models.CharField(_("收款人尾号"), max_length=4)
    memo = models.CharField(_("附言"), max_length=128, blank=True)
    times = models.PositiveSmallIntegerField(_("付款次数"), default=1)
    returned = models.BooleanField(_("已退回"), default=False)
    payee_agrees = models.BooleanField(_("收款人一致"), null=True)
    contradicts = models.CharField(_("自相矛盾"), max_length=64, blank=True)
    before = models.CharField(_("先前的记载"), max_length=64, blank=True)
    first_reading = models.ForeignKey(
        StatementReading, models.PROTECT, related_name="+", verbose_name=_("首次读到")
    )
    last_reading = models.ForeignKey(
        StatementReading, models.PROTECT, related_name="+", verbose_name=_("最近读到")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("对账单明细")
        ordering: ClassVar = ["day", "id"]
        indexes: ClassVar = [models.Index(name="statement_by_day", fields=["day"])]
        constraints: ClassVar = [
            models.CheckConstraint(name="statement_amounts_are_positive", condition=Q(amount_fen__gt=0)),
        ]

    def __str__(self) -> str:
        return self.number
