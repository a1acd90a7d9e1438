"""The refused rows of a file, by what they are refused for."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ebikes.models import ImportBatch, ImportRow

FIRST = 3

TITLES: dict[str, str | Promise] = {
    "extra_cells": _("比表头多出内容的行"),
    "hidden": _("被筛选掉或隐藏的行"),
    "struck": _("被划掉的行"),
    "missing": _("必填的列没有填写"),
    "cell": _("单元格里没有可读的内容"),
    "digits": _("号码被表格软件丢了末几位"),
    "id_no": _("证件号码或证件类型有误"),
    "name": _("姓名有误"),
    "phone": _("手机号有误"),
    "merchant": _("商户不符"),
    "agent_point": _("代办点不存在"),
    "date": _("时间或日期有误"),
    "vehicle_code": _("整车编码有误"),
    "price": _("成交价有误"),
    "amount": _("让利或抵扣金额有误"),
    "note": _("备注里有证件号码、手机号或钱包编号"),
    "wallet": _("数字人民币钱包编号有误"),
    "plate": _("号牌有误"),
    "code": _("编号里有不该有的字符"),
    "too_long": _("内容太长"),
    "conflict": _("与先前收到的记录不一致"),
}


@dataclass(frozen=True, slots=True)
class Refused:
    """All rows that are refused for one reason, and the first of them."""

    reason: str
    count: int
    first: tuple[ImportRow, ...]

    @property
    def title(self) -> str:
        return str(TITLES.get(self.reason, self.reason))


def refusals(batch: ImportBatch) -> list[Refused]:
    """The reasons for which rows of a file are refused, the most frequent first; two queries however many there are."""
    rows = ImportRow.objects.filter(batch=batch, verdict=ImportRow.Verdict.REFUSED)
    counted = rows.values("reason").annotate(count=Count("pk")).order_by("-count", "reason")
    place = Window(RowNumber(), partition_by=F("reason"), order_by=F("line").asc())
    first: dict[str, list[ImportRow]] = defaultdict(list)
    for row in rows.defer("cells").annotate(place=place).filter(place__lte=FIRST).order_by("line"):
        first[row.reason].append(row)
    return [Refused(each["reason"], each["count"], tuple(first[each["reason"]])) for each in counted]
