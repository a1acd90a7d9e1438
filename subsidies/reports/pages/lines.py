"""The lines of a report, live or of an issue, as its page and its workbook lay them out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.utils.translation import gettext as _

STAGE = "stage."


@dataclass(frozen=True, slots=True)
class Line:
    """One figure as it is shown. `url` leads to its rows; `late`: how many of these came after the period's end.

    `before`: what the issue before said. `changed`: since an issue of this period, with `changed_url` to what changed it.
    """

    code: str
    title: str
    text: str
    meaning: str
    rate: str = ""
    remark: str = ""
    late: int = 0
    url: str = ""
    before: str = ""
    changed: str = ""
    changed_url: str = ""


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage, its figures side by side."""

    title: str
    cells: list[Line]

    @property
    def remarks(self) -> list[str]:
        """Where two of them do not agree."""
        return [line.remark for line in self.cells if line.remark]


@dataclass(frozen=True, slots=True)
class Part:
    """A section: lines one below the other, or stages with theirs side by side."""

    title: str
    lines: list[Line]
    stages: list[StageRow] = field(default_factory=list)


def parts(sections: Sequence[tuple[str, Sequence[Line]]]) -> list[Part]:
    """The sections; those of a scheme's stages as a table."""
    return [
        Part(title, [], _stages(lines)) if lines[0].code.startswith(STAGE) else Part(title, list(lines))
        for title, lines in sections
        if lines
    ]


def _stages(lines: Sequence[Line]) -> list[StageRow]:
    by_stage = groupby(lines, key=lambda line: line.code.split(".")[2])
    return [StageRow(_("第 %(no)s 阶段") % {"no": no}, list(cells)) for no, cells in by_stage]


def as_table(found: Sequence[Part], heading: str) -> list[list[str]]:
    """The lines of the workbook."""
    lines = [[_("电动自行车淘汰置换补贴工作报表"), heading], []]
    for part in found:
        lines.append([part.title])
        if part.stages:
            lines.append([_("阶段"), *(cell.title for cell in part.stages[0].cells), _("说明")])
            lines += [
                [row.title, *(cell.text for cell in row.cells), _("；").join(row.remarks)]
                for row in part.stages
            ]
        else:
            lines.append([_("指标"), _("数值"), _("占比"), _("期末后补录"), _("口径")])
            lines += [
                [each.title, each.text, each.rate, str(each.late or ""), each.meaning] for each in part.lines
            ]
        lines.append([])
    return lines
