"""Why a payment stays unknown although the operator answered: one word for each way in which an answer is not believed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Doubt(models.TextChoices):
    """What is wrong with what was said of one payment."""

    STATE = "state", _("无法理解的状态")
    MISSING = "missing", _("答复中没有这一笔")
    CONTRADICTION = "contradiction", _("对同一笔的说法互相矛盾")
    AMOUNT = "amount", _("金额与指令不符")
    PAYEE = "payee", _("收款人与指令不符")
    TIME = "time", _("付款时间缺失或不可信")
    REASON = "reason", _("失败而没有说明原因")
    TOTAL = "total", _("合计与指令不符")
    FORGOTTEN = "forgotten", _("运营机构称没有收到过，但发出已久")
    KNOWN = "known", _("运营机构已有同一请求号、内容不同的指令")
    ALTERED = "altered", _("收款人与批次制作时不符，没有发出")
    UNPROVED = "unproved", _("所依据的决定无法核实，没有发出")


# What a later answer does not lift: only evidence does.
LASTING = frozenset({Doubt.CONTRADICTION, Doubt.KNOWN, Doubt.ALTERED, Doubt.UNPROVED})
# Nothing was said of success: a failure that follows is believed. After every other doubt it contradicts what was said.
SILENT = frozenset({"", Doubt.MISSING, Doubt.REASON, Doubt.FORGOTTEN})
