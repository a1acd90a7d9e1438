"""A replay as lines of a workbook. First and last line say that nothing of it is real."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.shanghai import to_the_minute
from subsidies.laboratory.pages.telling import GroupLine, Told, VariantTold
from subsidies.models import LaboratoryRun


def lines(run: LaboratoryRun, told: Told) -> list[list[str]]:
    """All that the page shows."""
    return list(_lines(run, told))


def _lines(run: LaboratoryRun, told: Told) -> Iterator[list[str]]:
    mark = [_("推演结果，不是真实数据：没有任何人因此得到或失去补贴")]
    heads = [title for _kind, title in told.heads]
    yield mark
    yield [_("推演：%s") % run.title, run.scheme.name]
    yield [_("想弄清什么"), run.note or _("无")]
    yield [_("推演人"), str(run.asked_by), to_the_minute(run.asked_at)]
    yield [told.control]
    yield [_("结果指纹"), run.digest]
    for variant in told.variants:
        yield []
        yield [variant.title, _("实际规定"), _("假设")]
        yield from ([each.title, each.old or _("无"), each.new or _("删除")] for each in variant.changes)
    yield []
    yield [_("合计"), *heads]
    yield from ([line.title, *line.cells] for line in told.sums)
    for variant in told.variants:
        yield from _groups(variant, _("按街道"), variant.streets)
        yield from _groups(variant, _("按阶段"), variant.stages)
    if told.chart:
        yield []
        yield [_("各周完成的申请所得补贴(元)"), *heads]
        yield from ([line.title, *line.cells] for line in told.chart.table)
    yield []
    yield mark


def _groups(variant: VariantTold, by: str, groups: list[GroupLine]) -> Iterator[list[str]]:
    yield []
    yield [
        f"{variant.title} · {by}",
        _("实际"),
        variant.title,
        _("多出(份)"),
        _("失去(份)"),
        _("金额变化(份)"),
        _("差额(元)"),
    ]
    for each in groups:
        yield [each.title, each.real, each.got, each.gained, each.lost, each.other, each.change]
