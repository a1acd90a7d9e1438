"""What can be wrong with a row, or with a whole file, in words."""

import json
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.privacy.masks import mask_name

# The order in which the one primary reason of a row is chosen.
PRECEDENCE = (
    "extra_cells",
    "hidden",
    "struck",
    "missing",
    "cell",
    "digits",
    "id_no",
    "name",
    "phone",
    "merchant",
    "agent_point",
    "date",
    "vehicle_code",
    "price",
    "amount",
    "note",
    "conflict",
)

# Each kind of problem: its reason code, and the sentence that says what to do. `%(value)s` is what stood there.
KINDS: dict[str, tuple[str, str | Promise]] = {
    "missing": ("missing", _("“%(column)s”没有填写")),
    "id_length": ("id_no", _("证件号码“%(value)s”位数不对，居民身份证应为 18 位，末位是数字或 X")),
    "id_check": ("id_no", _("证件号码“%(value)s”的校验码不符，请核对是否录错")),
    "id_birth": ("id_no", _("证件号码“%(value)s”中的出生日期不存在或在将来")),
    "id_digits_lost": (
        "id_no",
        _("证件号码“%(value)s”被表格软件当作数字丢了末几位，请把该列设为文本后重新填写"),
    ),
    "digits_lost": (
        "digits",
        _(
            "“%(column)s”的“%(value)s”被表格软件当作数字丢了末几位，请把该列设为文本后重新填写；确是这个号码的，请逐笔填报"
        ),
    ),
    "id_kind": ("id_no", _("不认识的证件类型“%(value)s”")),
    "id_format": ("id_no", _("证件号码“%(value)s”不符合该证件的格式")),
    "phone": ("phone", _("手机号“%(value)s”不是中国大陆的手机号码")),
    "uscc": ("merchant", _("统一社会信用代码“%(value)s”不正确，请核对是否录错")),
    "merchant": ("merchant", _("没有统一社会信用代码为“%(value)s”的商户")),
    "other_merchant": ("merchant", _("“%(value)s”不是本商户，只能导入本商户的记录")),
    "agent_point": ("agent_point", _("没有编号为“%(value)s”的代办点")),
    "date": ("date", _("“%(column)s”的“%(value)s”不是有效的时间，请写成 2022-06-01 10:30:00 的样子")),
    "day": ("date", _("“%(column)s”的“%(value)s”不是有效的日期，请写成 2022-06-01 的样子")),
    "vehicle_code": ("vehicle_code", _("整车编码“%(value)s”不正确，应为 15 位数字且第 5 位为 2")),
    "price": ("price", _("成交价“%(value)s”不是有效的金额")),
    "amount": ("amount", _("“%(value)s”不是有效的金额")),
    "wallet": ("wallet", _("数字人民币钱包编号“%(value)s”应为 16 位数字")),
    "personal_note": (
        "note",
        _("“%(column)s”里有证件号码、手机号或钱包编号：写下的内容长期保存、多人可见，请删去后再提交"),
    ),
    "period": ("date", _("授权止早于授权起")),
    "name": ("name", _("“%(column)s”“%(value)s”里有字没有转换出来，请按证件重新填写")),
    "code": ("code", _("“%(column)s”的“%(value)s”里有“%(odd)s”(%(unicode)s)，编号只能有字母、数字和 -")),
    "too_long": ("too_long", _("“%(column)s”太长，最多 %(limit)s 个字")),
    "conflict": ("conflict", _("与先前收到的同一编号的记录内容不一致，以先收到的为准；确需改动请走更正")),
    "future": ("date", _("“%(column)s”%(value)s 在将来，请核对")),
    "plate": ("plate", _("号牌“%(value)s”中有号牌里没有的字符，请核对")),
    # Cells that hold no value, and rows that are refused as a whole.
    "error_cell": ("cell", _("“%(column)s”显示为错误值 %(value)s，请改正后再传")),
    "formula_empty": ("cell", _("“%(column)s”是公式，没有保存结果；请用表格软件打开、保存后再传")),
    "zone": (
        "cell",
        _("“%(column)s”的“%(value)s”带着 Z，分不清是北京时间还是世界时；请导出为不带时区的时间"),
    ),
    "ditto": ("cell", _("“%(column)s”写的是“%(value)s”，请逐行写明")),
    "picture": ("cell", _("“%(column)s”里是一张图片，请填写文字；照片请在记录中上传")),
    "struck_cell": ("struck", _("“%(column)s”被划掉了(删除线)，没有读取；请改正或去掉删除线")),
    "struck_row": ("struck", _("本行被划掉了(删除线)，按作废处理；确要导入请去掉删除线")),
    "hidden_row": ("hidden", _("本行在表中被筛选掉或隐藏，没有导入；确要导入请取消筛选或隐藏")),
    "extra_cells": ("extra_cells", _("本行比表头多 %(count)s 格，各列对不上；是否有未加引号的分隔符？")),
    # Of rows that are accepted: what they change, and what of them is not done.
    "amends": ("amends", _("将更新已有的记录：%(columns)s")),
    "time_order": ("time_order", _("“%(later)s”晚于“%(earlier)s”，先后不合，请核对")),
    "midnight": ("midnight", _("“%(column)s”是 00:00:00，按当天零点计；只知道日期的，请只写日期")),
    "bike_twice": ("bike_twice", _("“%(column)s”%(value)s 与本文件第 %(line)s 行相同，同一辆车只能补贴一次")),
    "picture_left": ("picture", _("“%(column)s”里是一张图片，没有读取；照片请在记录中上传")),
    "odd_seconds": ("odd_seconds", _("“%(column)s”的时间都在第 %(second)s 秒，像是导出程序的偏差，请核对")),
    "enabled_day_kept": (
        "enabled_day",
        _("开通日期 %(value)s 与系统中的 %(known)s 不同，未改动；确需改动请在商户页面设定开通日期"),
    ),
}

# Codes whose wrong value may be personal data: it is masked wherever a sentence is kept or shown.
PERSONAL = {"id_no", "phone", "wallet", "name"}
# Columns whose cells are, whatever is wrong with them.
PERSONAL_COLUMNS = {"id_no", "phone", "wallet_no", "owner_name"}


class Problem(Exception):
    """One thing wrong with one cell. `params` fills the sentence of its kind; `key` is its column, where a rule found it."""

    def __init__(self, kind: str, params: dict[str, Any], *, key: str = "") -> None:
        super().__init__(kind)
        self.key = key
        self.kind = kind
        self.params = params
        self.personal = self.code in PERSONAL

    @property
    def code(self) -> str:
        return KINDS[self.kind][0]

    def as_stored(self) -> dict[str, Any]:
        """What is kept of it: no personal value in full, none at length."""
        params = dict(self.params)
        if "value" in params:
            value = str(params["value"])[:40]
            hide = mask_name if self.code == "name" else masked
            params["value"] = hide(value) if self.personal else value
        return {"kind": self.kind, "params": params}


def masked(value: str) -> str:
    """Enough of a personal value to find the cell again, not enough to learn it."""
    return value if len(value) <= 4 else f"{value[:3]}{'*' * (len(value) - 5)}{value[-2:]}"


_CONFLICT_IN = _("与先前收到的同一编号的记录不一致(%(fields)s)，以先收到的为准；确需改动请走更正")


def sentence(kind: str, params: dict[str, Any]) -> str:
    """The problem in the active language."""
    return str(_CONFLICT_IN if kind == "conflict" and params.get("fields") else KINDS[kind][1]) % params


def primary_code(problems: list[dict[str, Any]]) -> str:
    """The one reason that a row is refused for: the first in the order of precedence."""
    codes = {KINDS[p["kind"]][0] for p in problems}
    return next((code for code in PRECEDENCE if code in codes), min(codes))


# What a row that contradicts an earlier record is told, as it is stored.
CONFLICT = json.dumps([{"kind": "conflict", "params": {}}])


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message is the sentence for whoever sent it."""


class HeaderNotFound(UnreadableFile):
    """No row names all the columns that are needed. What was found instead is kept for whoever can tell what it means.

    `titles`: the best row as it is written, in `sheet` at `line`; `lacking`: keys of columns; `samples`: the first values
    below each title, by the column's letter.
    """

    def __init__(
        self, sentence: str, *, titles: tuple[str, ...], lacking: tuple[str, ...], sheet: str, line: int
    ) -> None:
        super().__init__(sentence)
        self.titles, self.lacking, self.sheet, self.line = titles, lacking, sheet, line
        self.samples: dict[str, list[str]] = {}
