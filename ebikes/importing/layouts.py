"""Which columns each kind of file has, by the names that offices give them, and the rules of a whole row."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ebikes.importing import fields, identity, text
from ebikes.importing.moments import parse_moment
from ebikes.importing.problems import Problem
from ebikes.importing.text import Cell

Values = dict[str, Any]


class Column(NamedTuple):
    """One column: its key, the title on the template, the normaliser, and other titles it goes by."""

    key: str
    title: str
    normalise: Callable[[Cell], Any]
    required: bool = False
    also: tuple[str, ...] = ()
    limit: int = 0  # characters, for text that the database bounds


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to. `only_merchant` limits a merchant's own upload to itself."""

    merchants: frozenset[str] = frozenset()
    agent_points: frozenset[str] = frozenset()
    only_merchant: str | None = None


Rule = Callable[[Values, Known], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of file: its name, its columns, and rules over several of them. `key` is the column that names a record."""

    title: str | Promise
    key: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = field(default=())

    def column_named(self, header: Cell) -> str | None:
        """The key of the column that this header cell means, if any."""
        plain = plain_title(header)
        return next(
            (c.key for c in self.columns if plain in {plain_title(t) for t in (c.title, *c.also)}), None
        )


_BRACKETS = re.compile(r"[((\[【].*?[))\]】]")
_NOISE = re.compile(r"[\s**::_]+")


def plain_title(header: Cell) -> str:
    """A header without brackets, stars, blanks and case: what two spellings of one title share."""
    plain = unicodedata.normalize("NFKC", str(header or ""))
    return _NOISE.sub("", _BRACKETS.sub("", plain)).lower()


def validate(layout: Layout, cells: Sequence[Cell], known: Known) -> tuple[Values, list[Problem]]:
    """Normalise every cell (in the order of the layout's columns) and apply the row's rules; gather all problems."""
    values: Values = {}
    problems: list[Problem] = []
    for (key, title, normalise, required, _also, limit), cell in zip(layout.columns, cells, strict=True):
        if required and (not cell or (isinstance(cell, str) and cell.isspace())) and cell != 0:
            problems.append(Problem("missing", {"column": title}))
            continue
        try:
            value = values[key] = normalise(cell)
            if limit and len(value) > limit:
                problems.append(Problem("too_long", {"column": title, "limit": limit}))
        except Problem as problem:
            problem.params.setdefault("column", title)
            problems.append(problem)
    for rule in layout.rules:
        try:
            rule(values, known)
        except Problem as problem:
            problems.append(problem)
        except KeyError:
            pass  # the rule's cell has a problem of its own already
    return values, problems


def _identity(values: Values, known: Known) -> None:
    values["id_no"] = identity.id_no(values["id_kind"], values["id_no"])


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


def _period(values: Values, known: Known) -> None:
    if values["ends_on"] is not None and values["ends_on"] < values["starts_on"]:
        raise Problem("period", {})


EVENTS = ("deregistered_at", "collected_at", "purchased_at", "plated_at")

_PERSON = (
    Column("owner_name", "车主姓名", fields.name, also=("姓名", "备案车主"), limit=64),
    Column("id_kind", "证件类型", identity.id_kind, also=("证件种类",)),
    Column("id_no", "证件号码", _same, required=True, also=("身份证号", "身份证号码", "证件号")),
    Column("phone", "手机号", fields.phone, also=("联系电话", "手机号码", "电话", "手机")),
)

LAYOUTS: dict[str, Layout] = {
    "trade_ins": Layout(
        title=_("淘汰置换"),
        key="record_no",
        columns=(
            Column(
                "record_no",
                "淘汰置换单号",
                fields.code,
                required=True,
                also=("单号", "置换单号"),
                limit=64,
            ),
            Column(
                "filing_plate_no",
                "备案号牌",
                fields.plate,
                required=True,
                also=("旧车号牌", "备案号"),
                limit=32,
            ),
            *_PERSON,
            Column(
                "merchant_uscc",
                "商户统一社会信用代码",
                fields.uscc,
                required=True,
                also=("统一社会信用代码", "商户代码"),
            ),
            Column("agent_point_no", "代办点编号", fields.code, required=True, also=("代办点",), limit=32),
            Column("deregistered_at", "注销时间", parse_moment, required=True, also=("注销日期",)),
            Column("collected_at", "回收时间", parse_moment, required=True, also=("回收日期",)),
            Column(
                "purchased_at",
                "购买时间",
                parse_moment,
                required=True,
                also=("购买日期", "购车时间", "购车日期"),
            ),
            Column("plated_at", "上牌时间", parse_moment, required=True, also=("上牌日期",)),
            Column("vehicle_code", "新车整车编码", fields.vehicle_code, required=True, also=("整车编码",)),
            Column(
                "digital_plate_no",
                "新车号牌",
                fields.plate,
                required=True,
                also=("新号牌", "新车牌号"),
                limit=32,
            ),
            Column("brand", "品牌", text.free_text, also=("新车品牌",), limit=50),
            Column("invoice_no", "发票号码", fields.code, also=("发票号",), limit=32),
            Column("price_fen", "成交价(元)", fields.price_fen, also=("成交价格", "价格")),
            Column("remark", "备注", text.free_text, limit=500),
            Column("wallet_no", "数字人民币钱包编号", fields.wallet, also=("钱包编号",)),
            Column("wallet_operator", "钱包运营机构", text.free_text, also=("运营机构",), limit=32),
        ),
        rules=(_identity, _times, _known_merchant, _known_point),
    ),
    "filed_bikes": Layout(
        title=_("备案非标电动自行车"),
        key="filing_plate_no",
        columns=(
            Column("filing_plate_no", "备案号牌", fields.plate, required=True, also=("号牌",), limit=32),
            Column("filed_on", "备案日期", fields.day, required=True, also=("备案时间",)),
            Column("frame_no", "车架号", fields.code, limit=32),
            Column("motor_no", "电机号", fields.code, limit=32),
            Column("brand", "品牌", text.free_text, limit=50),
            *_PERSON,
            Column("subdistrict", "街道", text.free_text, limit=50),
        ),
        rules=(_identity,),
    ),
    "merchants": Layout(
        title=pgettext_lazy("many", "销售商户"),
        key="uscc",
        columns=(
            Column("uscc", "统一社会信用代码", fields.uscc, required=True, also=("信用代码",)),
            Column("name", "名称", text.free_text, required=True, also=("商户名称",), limit=100),
            Column("subdistrict", "街道", text.free_text, limit=50),
            Column("registered_on", "平台注册日期", fields.day, also=("注册日期",)),
            Column("trade_in_enabled_on", "淘汰置换开通日期", fields.day, also=("开通日期",)),
        ),
    ),
    "agent_points": Layout(
        title=pgettext_lazy("many", "代办点"),
        key="point_no",
        columns=(
            Column("point_no", "代办点编号", fields.code, required=True, also=("编号",), limit=32),
            Column(
                "merchant_uscc",
                "商户统一社会信用代码",
                fields.uscc,
                required=True,
                also=("统一社会信用代码",),
            ),
            Column("starts_on", "授权起", fields.day, required=True, also=("授权开始", "授权起始日期")),
            Column("ends_on", "授权止", fields.day, also=("授权结束", "授权截止日期")),
        ),
        rules=(_known_merchant, _period),
    ),
}
