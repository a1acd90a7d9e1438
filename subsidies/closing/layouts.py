"""How a voucher or a request looks on paper (版式), as people write it: a line a column, a line a place to sign."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.storable import is_key
from subsidies.closing.accounts import Unreadable, cells_of

MARGIN = 10  # millimetres on each side
# Width and height in millimetres, upright.
PAPERS = {"A4": (210, 297), "A5": (148, 210), "B5": (176, 250), "140x240": (140, 240)}
PAPER_TITLES = {
    "A4": "A4",
    "A5": "A5",
    "B5": "B5",
    "140x240": gettext_lazy("凭证纸 240 × 140 毫米"),
}
Align = Literal["left", "centre", "right"]
NARROWEST, WIDEST, MOST_SIGNS = 8, 250, 8


@dataclass(frozen=True, slots=True)
class Field:
    """What a column may show: in words, on which side it stands, whether the paper is of use without it."""

    title: str | Promise
    align: Align = "left"
    needed: bool = False


FIELDS: dict[str, dict[str, Field]] = {
    "voucher": {
        "summary": Field(gettext_lazy("摘要"), needed=True),
        "book": Field(gettext_lazy("账套"), "centre"),
        "code": Field(gettext_lazy("科目编码"), needed=True),
        "account": Field(gettext_lazy("会计科目"), needed=True),
        "debit": Field(gettext_lazy("借方金额"), "right", needed=True),
        "credit": Field(gettext_lazy("贷方金额"), "right", needed=True),
    },
    "request": {
        "no": Field(gettext_lazy("序号"), "centre"),
        "batch": Field(gettext_lazy("批次"), needed=True),
        "made_on": Field(gettext_lazy("制单日期"), "centre"),
        "rows": Field(gettext_lazy("笔数"), "right", needed=True),
        "amount": Field(gettext_lazy("金额(元)"), "right", needed=True),
    },
}
SUMMED = frozenset({"debit", "credit", "rows", "amount"})
# Who stands at a place to sign by himself, and that it is a seal's.
FILLS = {
    "": "",
    "prepared": gettext_lazy("制单人"),
    "checked": gettext_lazy("复核人"),
    "seal": gettext_lazy("盖章"),
}


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """A column: a key of FIELDS, its heading, its width in millimetres."""

    field: str
    heading: str
    width: int


@dataclass(frozen=True, slots=True)
class Sign:
    """A place to sign; `fill` is a key of FILLS."""

    label: str
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One paper of the subject `voucher` or `request`."""

    subject: str
    title: str
    unit: str
    paper: str
    landscape: bool
    columns: tuple[LayoutColumn, ...]
    signs: tuple[Sign, ...]
    footer: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in millimetres, as the paper lies."""
        width, height = PAPERS[self.paper]
        return (height, width) if self.landscape else (width, height)

    @property
    def room(self) -> int:
        """How wide a table may be."""
        return self.size[0] - 2 * MARGIN

    def align(self, field: str) -> Align:
        return FIELDS[self.subject][field].align

    def as_json(self) -> dict[str, Any]:
        parts = {"columns": list(map(asdict, self.columns)), "signs": list(map(asdict, self.signs))}
        return {**asdict(self), **parts}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Layout":
        return cls(
            **{
                **content,
                "columns": tuple(LayoutColumn(**each) for each in content["columns"]),
                "signs": tuple(Sign(**each) for each in content["signs"]),
            }
        )

    def columns_as_text(self) -> str:
        fields = FIELDS[self.subject]
        return "\n".join(
            f"{fields[each.field].title} | {each.heading} | {each.width}" for each in self.columns
        )

    def signs_as_text(self) -> str:
        return "\n".join(
            f"{each.label} | {FILLS[each.fill]}" if each.fill else each.label for each in self.signs
        )


def read_columns(subject: str, text: str) -> tuple[LayoutColumn, ...]:
    """The columns that the lines `内容 | 表头 | 宽度` say. Raises Unreadable."""
    known = {name: key for key, field in FIELDS[subject].items() for name in (key, str(field.title))}
    faults: list[str] = []
    columns: list[LayoutColumn] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        column = _column(cells_of(line), known, {each.field for each in columns})
        if isinstance(column, str):
            faults.append(_("第 %(line)s 行：%(fault)s") % {"line": number, "fault": column})
        else:
            columns.append(column)
    there = {each.field for each in columns}
    if lacking := [
        str(field.title) for key, field in FIELDS[subject].items() if field.needed and key not in there
    ]:
        faults.append(_("缺少这些列：%s") % _("、").join(lacking))
    if columns and columns[0].field in SUMMED:
        faults.append(_("第一列不能是笔数或金额：合计二字要写在它们的左边"))
    if faults:
        raise Unreadable(faults)
    return tuple(columns)


def _column(cells: list[str], known: dict[str, str], before: set[str]) -> LayoutColumn | str:
    """A column, or what is wrong with it."""
    if len(cells) != 3:
        return _("应有 3 栏：内容 | 表头 | 宽度(毫米)，实有 %s 栏") % len(cells)
    content, heading, width = cells
    if content not in known:
        titles = _("、").join(dict.fromkeys(name for name in known if not name.isascii())) or _("、").join(
            known
        )
        return _("没有“%(said)s”这一项内容，可选 %(known)s") % {"said": content, "known": titles}
    if known[content] in before:
        return _("“%s”已经有一列了") % content
    if not 0 < len(heading) <= 20:
        return _("表头应为 1 至 20 字")
    if not (is_key(width) and NARROWEST <= int(width) <= WIDEST):
        return _("宽度“%(said)s”应为 %(least)s 至 %(most)s 的整数，单位毫米") % {
            "said": width,
            "least": NARROWEST,
            "most": WIDEST,
        }
    return LayoutColumn(known[content], heading, int(width))


def read_signs(text: str) -> tuple[Sign, ...]:
    """The places to sign that the lines `名称` or `名称 | 制单人` say. Raises Unreadable."""
    known = {name: key for key, title in FILLS.items() for name in (key, str(title))}
    faults, signs = [], []
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        label, fill, *more = [*cells_of(line), ""]
        if any(more) or fill not in known:
            choices = _("、").join(str(title) for title in FILLS.values() if title)
            faults.append(
                _("签章处第 %(line)s 行：“%(said)s”无法识别，应为 名称，或 名称 | %(known)s 之一")
                % {"line": number, "said": line.strip(), "known": choices}
            )
        elif not 0 < len(label) <= 12:
            faults.append(_("签章处第 %s 行：名称应为 1 至 12 字") % number)
        else:
            signs.append(Sign(label, known[fill]))
    if not 0 < len(signs) <= MOST_SIGNS and not faults:
        faults.append(_("签章处应有 1 至 %s 个") % MOST_SIGNS)
    if faults:
        raise Unreadable(faults)
    return tuple(signs)


def too_wide(layout: Layout) -> str:
    """In a sentence, that the table is wider than the paper; empty where it is not."""
    across = sum(each.width for each in layout.columns)
    if across <= layout.room:
        return ""
    return _("各列宽度合计 %(across)s 毫米，超过纸张可用的 %(room)s 毫米") % {
        "across": across,
        "room": layout.room,
    }
