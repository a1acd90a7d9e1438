"""What the licensing systems answered, kept word for word."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.audit.recorded import Recorded, as_recorded
from core.privacy.sealing import SealedField
from ebikes.records.models.trade_in import TradeIn

ON_PAPER = "paper"  # the adapter of an answer that no system gave


class LicensingSystem(models.TextChoices):
    """The two systems that know: the market regulator's and the traffic police's."""

    EXING = "exing", _("浙江e行在线")
    YUNSHENLING = "yunshenling", _("云申领")


OPERATOR, MESSAGES, REGISTER = "ecny", "sms", "register"


def system_name(name: str) -> str:
    """An outside system's name for people, the wallet operator's too; one that has none keeps its own."""
    if name == OPERATOR:
        return gettext("数字人民币运营机构")
    if name == MESSAGES:
        return gettext("短信网关")
    if name == REGISTER:
        return gettext("省级锁定登记处")
    return str(dict(LicensingSystem.choices).get(name, name))


class LicensingAnswer(Recorded):
    """One question about one trade-in, and its answer as received. Rows are only ever added.

    `facts` holds what the checks read (times ISO 8601), with the person reduced to `holder_index`; `raw` is the
    answer itself, sealed, for whoever must see it years later.
    """

    class Outcome(models.TextChoices):
        FOUND = "found", _("有记录")
        ABSENT = "absent", _("无记录")
        UNKNOWN = "unknown", _("未知")

    trade_in = models.ForeignKey(TradeIn, models.PROTECT, related_name="answers", verbose_name=_("淘汰置换"))
    system = models.CharField(_("系统"), max_length=16, choices=LicensingSystem)
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome)
    problem = models.CharField(_("未知原因"), max_length=32, blank=True)
    facts = models.JSONField(_("要素"), default=dict)
    holder_index = models.BinaryField(_("持有人证件索引"), max_length=16, null=True, blank=True)
    raw = SealedField(_("原始应答"), bound_to=["trade_in_id", "system", "request_id"])
    request_id = models.CharField(_("请求编号"), max_length=64)
    answered_at = models.DateTimeField(_("应答时间"))
    adapter_version = models.CharField(_("适配器版本"), max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = _("核验应答")
        indexes: ClassVar = [
            as_recorded("answers_as_recorded"),
            models.Index(
                name="answers_that_told_nothing",
                fields=["problem", "id"],
                condition=models.Q(outcome="unknown"),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="only_an_unknown_answer_has_a_problem",
                condition=models.Q(outcome="unknown", problem__gt="")
                | models.Q(~models.Q(outcome="unknown"), problem=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.request_id}"

    @property
    def on_paper(self) -> bool:
        """Whether no system gave it: a paper stands in for it, which two people confirmed."""
        return self.adapter_version == ON_PAPER


class LicensingHealth(models.Model):
    """How each outside system has been answering, as the workers last saw it."""

    system = models.CharField(_("系统"), max_length=16, primary_key=True)
    state = models.CharField(_("熔断状态"), max_length=16)
    consecutive_failures = models.PositiveIntegerField(_("连续失败次数"))
    last_ok_at = models.DateTimeField(_("最近一次成功"), null=True, blank=True)
    open_until = models.DateTimeField(_("暂停至"), null=True, blank=True)
    seen_at = models.DateTimeField(_("更新时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("外部系统状况")

    def __str__(self) -> str:
        return system_name(self.system)
