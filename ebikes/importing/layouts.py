"""Which columns each kind of file has, by the names that offices give them, and the rules of a whole row."""

from datetime import timedelta
from itertools import pairwise

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from core.shanghai import local_day, midnight, to_the_second, today
from ebikes.importing import fields, identity, text
from ebikes.importing.columns import Column, Known, Layout, Values
from ebikes.importing.moments import parse_moment
from ebikes.importing.problems import Problem
from ebikes.importing.text import Cell


def _identity(values: Values, known: Known) -> None:
    try:
        values["id_no"] = identity.id_no(values["id_kind"], values["id_no"])
    except Problem as problem:
        problem.key = "id_no"
        raise


def _same(cell: Cell) -> Cell:
    return cell


def _known_merchant(values: Values, known: Known) -> None:
    number = values["merchant_uscc"]
    if known.only_merchant is not None and number != known.only_merchant:
        raise Problem("other_merchant", {"value": number})
    if number not in known.merchants:
        raise Problem("merchant", {"value": number})


def _known_point(values: Values, known: Known) -> None:
    if values["agent_point_no"] not in known.agent_points:
        raise Problem("agent_point", {"value": values["agent_point_no"]})


def _times(values: Values, known: Known) -> None:
    """The four times as plain moments, and which of them came as dates only."""
    given = [name for name in EVENTS if name in values]
    values["day_only"] = [name for name in given if values[name].day_only]
    for name in given:
        values[name] = values[name].at


def _future(values: Values, known: Known) -> None:
    """None of the four times lies ahead: by the clock, or by the day where only that is known."""
    for name in EVENTS:
        if name in values and values[name] > known.now + _CLOCKS_APART:
            if name in values["day_only"] and local_day(values[name]) <= local_day(known.now):
                continue
            raise Problem("future", {"column": _TITLES[name], "value": to_the_second(values[name])}, key=name)


def _order(values: Values) -> list[Problem]:
    """A plate before its bike was bought; or any of the four a day or more before what it follows."""
    found = []
    for earlier, later in pairwise(EVENTS):
        apart = values[earlier] - values[later]
        day_only = {earlier, later} & set(values["day_only"])
        if apart > (_A_DAY if day_only or later != "plated_at" else _NOTHING):
            found.append(Problem("time_order", {"later": _TITLES[earlier], "earlier": _TITLES[later]}))
    return found


def _midnights(values: Values) -> list[Problem]:
    """A day that some program wrote as its first second would come before all others of the day."""
    return [
        Problem("midnight", {"column": _TITLES[name]})
        for name in EVENTS
        if name not in values["day_only"] and values[name] == midnight(local_day(values[name]))
    ]


def _period(values: Values, known: Known) -> None:
    if values["ends_on"] is not None and values["ends_on"] < values["starts_on"]:
        raise Problem("period", {})


def _plates(values: Values, known: Known) -> None:
    for name in ("filing_plate_no", "digital_plate_no"):
        if name in values and not fields.is_plate(values[name]):
            raise Problem("plate", {"value": values[name]}, key=name)


def _filing(values: Values, known: Known) -> None:
    if values["filed_on"] > today():
        raise Problem("future", {"column": "备案日期", "value": str(values["filed_on"])})


EVENTS = ("deregistered_at", "collected_at", "purchased_at", "plated_at")
_TITLES = dict(zip(EVENTS, ("注销时间", "回收时间", "购买时间", "上牌时间"), strict=True))
_CLOCKS_APART, _A_DAY, _NOTHING = timedelta(minutes=10), timedelta(days=1), timedelta(0)

_PERSON = (
    Column("owner_name", gettext_noop("车主姓名"), fields.name, also=("姓名", "备案车主"), limit=64),
    Column("id_kind", gettext_noop("证件类型"), identity.id_kind, also=("证件种类",)),
    Column(
        "id_no", gettext_noop("证件号码"), _same, required=True, also=("身份证号", "身份证号码", "证件号")
    ),
    Column(
        "id_country",
        gettext_noop("证件签发国家或地区"),
        text.free_text,
        also=("签发国", "签发国家", "签发国家或地区", "国籍"),
        limit=32,
    ),
    Column("phone", gettext_noop("手机号"), fields.phone, also=("联系电话", "手机号码", "电话", "手机")),
)

LAYOUTS: dict[str, Layout] = {
    "trade_ins": Layout(
        title=_("淘汰置换"),
        key="record_no",
        columns=(
            Column(
                "record_no",
                gettext_noop("淘汰置换单号"),
                fields.code,
                required=True,
                also=("单号", "置换单号"),
                limit=64,
            ),
            Column(
                "filing_plate_no",
                gettext_noop("备案号牌"),
                fields.plate,
                required=True,
                also=("旧车号牌", "备案号"),
                limit=32,
            ),
            *_PERSON,
            Column(
                "merchant_uscc",
                gettext_noop("商户统一社会信用代码"),
                fields.uscc,
                required=True,
                also=("统一社会信用代码", "商户代码"),
            ),
            Column(
                "agent_point_no",
                gettext_noop("代办点编号"),
                fields.code,
                required=True,
                also=("代办点",),
                limit=32,
            ),
            Column(
                "deregistered_at", gettext_noop("注销时间"), parse_moment, required=True, also=("注销日期",)
            ),
            Column("collected_at", gettext_noop("回收时间"), parse_moment, required=True, also=("回收日期",)),
            Column(
                "purchased_at",
                gettext_noop("购买时间"),
                parse_moment,
                required=True,
                also=("购买日期", "购车时间", "购车日期"),
            ),
            Column("plated_at", gettext_noop("上牌时间"), parse_moment, required=True, also=("上牌日期",)),
            Column(
                "vehicle_code",
                gettext_noop("新车整车编码"),
                fields.vehicle_code,
                required=True,
                also=("整车编码",),
            ),
            Column(
                "digital_plate_no",
                gettext_noop("新车号牌"),
                fields.plate,
                required=True,
                also=("新号牌", "新车牌号"),
                limit=32,
            ),
            Column("brand", gettext_noop("品牌"), text.free_text, also=("新车品牌",), limit=50),
            Column("invoice_no", gettext_noop("发票号码"), fields.code, also=("发票号",), limit=32),
            Column("price_fen", gettext_noop("成交价(元)"), fields.price_fen, also=("成交价格", "价格")),
            Column(
                "shop_discount_fen",
                gettext_noop("车企让利(元)"),
                fields.amount_fen,
                also=("车企让利", "商户让利", "让利金额", "企业让利", "让利"),
            ),
            Column(
                "scrap_value_fen",
                gettext_noop("回收抵扣(元)"),
                fields.amount_fen,
                also=("回收抵扣", "旧车抵扣", "抵扣金额", "旧车回收抵扣", "残值抵扣"),
            ),
            Column("remark", gettext_noop("备注"), fields.note, limit=500),
            Column("wallet_no", gettext_noop("数字人民币钱包编号"), fields.wallet, also=("钱包编号",)),
            Column(
                "wallet_operator", gettext_noop("钱包运营机构"), text.free_text, also=("运营机构",), limit=32
            ),
        ),
        rules=(_identity, _plates, _times, _future, _known_merchant, _known_point),
        notes=(_order, _midnights),
        known=frozenset({"record_no", "merchant_uscc", "agent_point_no"}),
    ),
    "filed_bikes": Layout(
        title=_("备案非标电动自行车"),
        key="filing_plate_no",
        columns=(
            Column(
                "filing_plate_no",
                gettext_noop("备案号牌"),
                fields.plate,
                required=True,
                also=("号牌",),
                limit=32,
            ),
            Column("filed_on", gettext_noop("备案日期"), fields.day, required=True, also=("备案时间",)),
            Column("frame_no", gettext_noop("车架号"), fields.stamped, limit=32),
            Column("motor_no", gettext_noop("电机号"), fields.stamped, limit=32),
            Column("brand", gettext_noop("品牌"), text.free_text, limit=50),
            *_PERSON,
            Column("subdistrict", gettext_noop("街道"), text.free_text, limit=50),
        ),
        rules=(_identity, _plates, _filing),
    ),
    "merchants": Layout(
        title=pgettext_lazy("many", "销售商户"),
        key="uscc",
        columns=(
            Column("uscc", gettext_noop("统一社会信用代码"), fields.uscc, required=True, also=("信用代码",)),
            Column(
                "name", gettext_noop("名称"), text.free_text, required=True, also=("商户名称",), limit=100
            ),
            Column("subdistrict", gettext_noop("街道"), text.free_text, limit=50),
            Column("registered_on", gettext_noop("平台注册日期"), fields.day, also=("注册日期",)),
            Column("trade_in_enabled_on", gettext_noop("淘汰置换开通日期"), fields.day, also=("开通日期",)),
        ),
    ),
    "agent_points": Layout(
        title=pgettext_lazy("many", "代办点"),
        key="point_no",
        columns=(
            Column(
                "point_no", gettext_noop("代办点编号"), fields.code, required=True, also=("编号",), limit=32
            ),
            Column(
                "merchant_uscc",
                gettext_noop("商户统一社会信用代码"),
                fields.uscc,
                required=True,
                also=("统一社会信用代码",),
            ),
            Column(
                "starts_on",
                gettext_noop("授权起"),
                fields.day,
                required=True,
                also=("授权开始", "授权起始日期"),
            ),
            Column("ends_on", gettext_noop("授权止"), fields.day, also=("授权结束", "授权截止日期")),
        ),
        rules=(_known_merchant, _period),
    ),
}
