"""What the cells have told: no person, no claim; sums, and statements of heads as they were signed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

FEN = ("funded_fen", "reserved_fen", "paid_fen")


class CellSum(models.Model):
    """A scheme of a cell as it stood when the cell last told on that day (Asia/Shanghai); money in fen, claims by state."""

    cell = models.CharField(_("单元"), max_length=16)
    scheme = models.CharField(_("方案代码"), max_length=64)
    name = models.CharField(_("方案名称"), max_length=200)
    day = models.DateField(_("日期"))
    funded_fen = models.BigIntegerField(_("资金(分)"))
    reserved_fen = models.BigIntegerField(_("已锁定(分)"))
    paid_fen = models.BigIntegerField(_("已发放(分)"))
    states = models.JSONField(_("各状态份数"), default=dict)
    told_at = models.DateTimeField(_("上报时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("各单元合计")
        ordering: ClassVar = ["cell", "scheme", "day"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_scheme_of_a_cell_stands_once_a_day", fields=["cell", "scheme", "day"]
            ),
            models.CheckConstraint(
                name="a_cell_spends_what_it_has",
                condition=Q(reserved_fen__gte=0, paid_fen__gte=0, funded_fen__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cell} {self.scheme} {self.day}"


class CellHead(models.Model):
    """A cell's signed statement of where its chains are, as it came. `fault`: why it does not continue the one before."""

    class Fault(models.TextChoices):
        NONE = "", _("衔接")
        UNREADABLE = "unreadable", _("签名不符")
        KEY = "key", _("换了签名密钥")
        CHAIN = "chain", _("没有接在前一份之后")
        BACK = "back", _("账目倒退")

    cell = models.CharField(_("单元"), max_length=16)
    name = models.CharField(_("文件名"), max_length=32)
    text = models.TextField(_("内容"))
    fault = models.CharField(_("异常"), max_length=12, choices=Fault, blank=True, db_default="")
    taken_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("各单元链头")
        ordering: ClassVar = ["cell", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_statement_of_a_cell_comes_once", fields=["cell", "name"])
        ]

    def __str__(self) -> str:
        return f"{self.cell} {self.name}"
