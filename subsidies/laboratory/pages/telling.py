"""A replay's result in words, tables and pictures: the facts beside one variant or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.money import yuan
from subsidies.laboratory.pages.forms import name_of
from subsidies.laboratory.variants import Variant
from subsidies.models import LaboratoryRun
from subsidies.schemes.selectors.terms import Difference, Terms, budget_difference, differences

KINDS = ("real", "one", "two")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: what it is about, and a text for the facts and for each variant."""

    title: str
    cells: list[str]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A street or a stage under one variant. `gain`, `loss`: the two halves of its bar, in hundredths of the widest."""

    title: str
    real: str
    got: str
    counts: str
    gained: str
    lost: str
    other: str
    change: str
    gain: str
    loss: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A week's money of one kind, in a picture one wide a week and 100 high."""

    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class WeekChart:
    """Money by week. `most_yuan`: what the full height stands for."""

    alternative: str
    width: int
    most_yuan: str
    bars: list[Bar]
    first: str
    last: str
    table: list[Line]


@dataclass(frozen=True, slots=True)
class VariantTold:
    """One variant: what it changes, who wins and loses by street and by stage."""

    kind: str
    title: str
    changes: list[Difference]
    streets: list[GroupLine]
    stages: list[GroupLine]


@dataclass(frozen=True, slots=True)
class Told:
    """All of it. `control`: how near the real rules, replayed, come to the facts."""

    heads: list[tuple[str, str]]
    sums: list[Line]
    variants: list[VariantTold]
    chart: WeekChart | None
    control: str
    agrees: bool


def told_of(run: LaboratoryRun) -> Told:
    """A ready run in words."""
    result: dict[str, Any] = run.result or {}
    found, real = result["variants"], result["real"]
    newest = Terms.of(run.scheme.policies.get(version=(run.inputs or {})["policy"]))
    heads = [("real", _("实际")), *((KINDS[no], name_of(no)) for no in range(1, len(found) + 1))]
    variants = [Variant.from_json(each) for each in run.variants]
    return Told(
        heads,
        _sums(real | {"left_fen": result["control"]["left_fen"]}, found),
        [
            _variant(no, variant, each, newest=newest, funded_fen=real["funded_fen"])
            for no, (variant, each) in enumerate(zip(variants, found, strict=True), start=1)
        ],
        _chart(heads, [real["weeks"], *(each["weeks"] for each in found)]),
        *_control(result["control"]),
    )


def _sums(real: dict[str, Any], found: Sequence[dict[str, Any]]) -> list[Line]:
    def line(title: str, fact: str, *cells: str) -> Line:
        return Line(title, [fact, *cells])

    got = [real["got"], *(each["whole"]["got"] for each in found)]
    both = [real, *found]
    nothing = "–"

    def pair(name: str) -> list[str]:
        return [_pair(each["whole"][name]) for each in found]

    return [
        Line(_("资金总额(元)"), [yuan(each["funded_fen"]) for each in both]),
        Line(_("获补贴(份)"), [f"{n:,}" for n, _fen in got]),
        Line(_("补贴金额(元)"), [yuan(fen) for _n, fen in got]),
        Line(_("剩余(元)"), [yuan(each["left_fen"]) for each in both]),
        line(_("多出的人：实际没有，推演有"), nothing, *pair("gained")),
        line(_("失去的人：实际有，推演没有"), nothing, *pair("lost")),
        line(_("金额增加"), nothing, *pair("more")),
        line(_("金额减少"), nothing, *pair("less")),
        Line(_("候补(份)"), [f"{each['waiting']:,}" for each in both]),
        Line(_("最后一份获补贴的完成日期"), [each["last_on"] or _("无") for each in both]),
        Line(_("从哪天完成起有人候补"), [each["first_waiting_on"] or _("无人候补") for each in both]),
    ]


def _pair(pair: Sequence[int]) -> str:
    return _("%(n)s 份，%(yuan)s 元") % {"n": f"{pair[0]:,}", "yuan": yuan(pair[1])}


def _variant(
    no: int, variant: Variant, found: dict[str, Any], *, newest: Terms, funded_fen: int
) -> VariantTold:
    changes = differences(newest, variant.terms)
    if variant.budget_fen != funded_fen:
        changes = [budget_difference(funded_fen, variant.budget_fen), *changes]
    return VariantTold(
        KINDS[no],
        name_of(no),
        changes,
        _groups([(name or _("未登记街道"), group) for name, group in found["streets"].items()]),
        _groups([(_("第 %(no)s 阶段") % {"no": each}, group) for each, group in found["stages"].items()]),
    )


def _groups(groups: Sequence[tuple[str, dict[str, Any]]]) -> list[GroupLine]:
    widest = max((max(g["gained"][0], g["lost"][0]) for _title, g in groups), default=0) or 1
    return [
        GroupLine(
            title,
            _pair(group["real"]),
            _pair(group["got"]),
            _("%(before)s → %(after)s 份")
            % {"before": f"{group['real'][0]:,}", "after": f"{group['got'][0]:,}"},
            f"{group['gained'][0]:,}",
            f"{group['lost'][0]:,}",
            f"{group['more'][0] + group['less'][0]:,}",
            _signed(group["got"][1] - group["real"][1]),
            f"{100 * group['gained'][0] / widest:.1f}",
            f"{100 * group['lost'][0] / widest:.1f}",
        )
        for title, group in groups
    ]


def _signed(fen: int) -> str:
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)


def _height(amount: int, most: int) -> float:
    """How high its bar is, in hundredths of the highest."""
    return 100 * amount / most


def _chart(heads: Sequence[tuple[str, str]], weeks: Sequence[dict[str, int]]) -> WeekChart | None:
    known = sorted({date.fromisoformat(monday) for each in weeks for monday in each})
    if not known:
        return None
    count = (known[-1] - known[0]).days // 7 + 1
    mondays = [(known[0] + timedelta(days=7 * n)).isoformat() for n in range(count)]
    most = max(fen for each in weeks for fen in each.values()) or 1
    width = 0.84 / len(weeks)
    bars = [
        Bar(
            kind,
            f"{x + 0.08 + no * width:.3f}",
            f"{100 - height:.2f}",
            f"{width:.3f}",
            f"{height:.2f}",
        )
        for no, ((kind, _title), each) in enumerate(zip(heads, weeks, strict=True))
        for x, monday in enumerate(mondays)
        if (height := _height(each.get(monday, 0), most))
    ]
    sums = _("；").join(
        f"{title} {yuan(sum(each.values()))}" for (_kind, title), each in zip(heads, weeks, strict=True)
    )
    alternative = _("%(first)s 至 %(last)s 各周完成的申请所得补贴，合计(元)：%(sums)s。") % {
        "first": mondays[0],
        "last": mondays[-1],
        "sums": sums,
    }
    table = [Line(monday, [yuan(each.get(monday, 0)) for each in weeks]) for monday in mondays]
    return WeekChart(alternative, count, yuan(most), bars, mondays[0], mondays[-1], table)


def _control(control: dict[str, int]) -> tuple[str, bool]:
    """How far the method itself can be trusted, said before anything is concluded from it."""
    facts = {"off": f"{control['off']:,}", "walks": f"{control['walks']:,}", "of": f"{control['of']:,}"}
    if control["off"] == 0:
        return _("校验：按实际规定重走一遍，与实际发放逐份一致（%(walks)s 次分配）。") % facts, True
    if control["walks"] < control["of"]:
        text = _(
            "校验：按实际规定重走一遍，有 %(off)s 份与实际不同；为了速度把 %(of)s 次分配并成了 %(walks)s 次。"
            "推演的差别小于这个数时不要下结论。"
        )
        return text % facts, False
    text = _("校验：按实际规定重走一遍，有 %(off)s 份与实际不同。推演的差别小于这个数时不要下结论。")
    return text % facts, False
