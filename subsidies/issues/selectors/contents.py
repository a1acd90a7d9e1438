"""What an issue says: the words of its prose, its lines beside those of the issue before, its table."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.money import yuan
from merchants.documents.sheet import sheet_xlsx
from merchants.models import Publicity
from subsidies.issues.shipped import shipped_template
from subsidies.issues.words import Word, stages_in_words
from subsidies.models import IssueFigure, ReportIssue, ReportTemplate, StatedFigure
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.reports.selectors.figures.money import terms_then
from subsidies.reports.selectors.figures.stated import OTHER
from subsidies.reports.selectors.report import Told, ToldSection

NAMED = 12  # places or accounts that a sentence lists
OTHERS = "其他数据"  # the list of figures that have no name of their own in a template
EXAMPLE = "0000-00"


def in_force() -> ReportTemplate | None:
    """The newest approved template; None: the shipped one."""
    return ReportTemplate.objects.filter(state=ReportTemplate.State.APPROVED).order_by("-version").first()


def content_of(template: ReportTemplate | None) -> bytes:
    """The Word document to be filled in."""
    return bytes(template.content) if template else shipped_template()


def context_of(number: str, scope: Scope, sections: Sequence[ToldSection]) -> dict[str, Any]:
    """Everything that a template may name."""
    told = [each for section in sections for each in section.figures]
    values = {each.figure.code: each.value or 0 for each in told}
    scheme = next(iter(scope.schemes), None)
    stages = terms_then(scheme, scope, begun=False) if scheme else []
    return {
        **{"编号": number, "期首": scope.first, "期末": scope.last},
        "方案名称": "》《".join(f"{each.name.removesuffix('实施方案')}实施方案" for each in scope.schemes),
        **stages_in_words(stages),
        **_stages_to_come(stages),
        **_without_scheme(),
        **{each.figure.word: _word(each, values) for each in told},
        OTHERS: [_other(each, values) for each in told if each.figure.code.startswith(OTHER)],
    }


def _word(told: Told, values: dict[str, int]) -> Word:
    figure = told.figure
    stated = figure.rows.first() if figure.model is StatedFigure and told.value is not None else None
    return Word(
        told.value,
        figure.is_money,
        getattr(stated, "exactness", StatedFigure.Exactness.EXACT),
        (told.value or 0, values[figure.of]) if figure.of else None,
        tuple(_notes(told)) if figure.model is Publicity else (),
    )


def _other(told: Told, values: dict[str, int]) -> dict[str, Any]:
    """A figure from outside that has no place in the sentences: what it is called, what it says, who says it."""
    return {
        "名称": str(told.figure.title),
        "数值": _word(told, values),
        "出处": str(told.figure.meaning).removesuffix("。"),
    }


def _notes(told: Told) -> list[str]:
    notes = told.figure.rows.order_by("row_day", "pk").values_list("row_note", flat=True)
    return list(dict.fromkeys(notes))[:NAMED]


def _without_scheme() -> dict[str, Word]:
    """Where no scheme is reported, its figures are known to nobody: the prose says so."""
    names = ("淘汰置换", "不予补贴", "车企让利", "回收抵扣")
    return dict.fromkeys(names, Word(None)) | _stage_words(1)


def _stages_to_come(stages: Sequence[dict[str, Any]]) -> dict[str, Word]:
    return {name: word for each in stages for name, word in _stage_words(each["no"]).items()}


def _stage_words(no: int) -> dict[str, Word]:
    names = (
        "补贴标准",
        "预计对象",
        "预计金额",
        "安排资金",
        "淘汰置换",
        "符合发放对象",
        "应发补贴",
        "已发放人数",
        "已发放金额",
    )
    return {f"第{no}阶段{name}": Word(None) for name in names}


def issue_lines(issue: ReportIssue) -> list[tuple[str, list[tuple[IssueFigure, str, str]]]]:
    """Section by section: each figure, what the issue before said of it, and by how much it is more or less."""
    before = {each.code: each for each in issue.compared_with.figures.all()} if issue.compared_with else {}
    found: dict[str, list[tuple[IssueFigure, str, str]]] = {}
    for figure in issue.figures.defer("rows").order_by("place"):
        last = before.get(figure.code)
        found.setdefault(figure.section, []).append(
            (figure, last.text if last else "", _difference(figure, last))
        )
    return list(found.items())


def _difference(figure: IssueFigure, last: IssueFigure | None) -> str:
    if last is None or figure.value is None or last.value is None or figure.value == last.value:
        return ""
    apart = figure.value - last.value
    told = yuan(abs(apart)) if figure.is_money else f"{abs(apart):,}"
    return _("增 %s") % told if apart > 0 else _("减 %s") % told


def _stage(figure: IssueFigure) -> str:
    """Of which stage of its scheme a figure is, as its code says (`stage.7.2.paid`)."""
    kind, *more = figure.code.split(".")
    return _("第 %(no)s 阶段") % {"no": more[1]} if kind == "stage" else ""


def issue_xlsx(issue: ReportIssue) -> bytes:
    """The table of an issue."""
    lines = [
        [_("电动自行车淘汰置换补贴工作报表"), _("第 %s 期") % issue.number, f"{issue.first} – {issue.last}"],
        [],
        [
            _("部分"),
            _("阶段"),
            _("指标"),
            _("数值"),
            _("占比"),
            _("上期"),
            _("增减"),
            _("期末后补录"),
            _("口径"),
            _("说明"),
        ],
    ]
    for section, figures in issue_lines(issue):
        lines += [
            [
                section,
                _stage(each),
                each.title,
                each.text,
                each.rate,
                last,
                apart,
                str(each.late or ""),
                each.meaning,
                each.remark,
            ]
            for each, last, apart in figures
        ]
    return sheet_xlsx(_("报表"), lines)
