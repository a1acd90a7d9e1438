"""Parts of a trade-in's page: the register's word on the old bike, where the record came from, what the systems said."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _

from ebikes.evidence.wording import facts_in_words, holder_in_words, outcome_in_words
from ebikes.importing.reading import place
from ebikes.models import FiledBike, ImportBatch, LicensingAnswer, LicensingSystem, TradeIn
from ebikes.records.admin.record_pages import link
from ebikes.records.summaries import address, may_view, moment


@dataclass(frozen=True, slots=True)
class Said:
    """The newest answer of one system, in words."""

    title: str
    found: bool
    outcome: str
    facts: list[tuple[str, str]]
    request_id: str
    at: str
    url: str


def on_file(trade_in: TradeIn) -> FiledBike | None:
    """The old bike as the district's register has it."""
    return FiledBike.objects.filter(filing_plate_no=trade_in.filing_plate_no).defer("phone").first()


def register_note(trade_in: TradeIn, bike: FiledBike | None) -> str:
    """Whether the register knows the old bike, and as whose."""
    if bike is None:
        return _("备案登记中没有这块号牌")
    same = _("车主与本记录相同") if bike.owner_id == trade_in.owner_id else _("车主与本记录不同")
    return format_html("{} · {} · {}", link(bike), _("备案于 %s") % bike.filed_on, same)


def came_from(trade_in: TradeIn) -> str:
    """The file and line, or the form, by which a record came in."""
    batch = trade_in.batch
    if batch is None:
        return "–"
    if batch.source == ImportBatch.Source.FORM:
        return batch.get_source_display()
    return _("%(file)s 第 %(line)s 行") % {
        "file": batch.file_name,
        "line": place(batch, trade_in.batch_line or 0),
    }


def answers_of(request: HttpRequest, trade_in: TradeIn) -> list[Said]:
    """The newest answer of each system, for those who may see answers."""
    if not may_view(request, LicensingAnswer):
        return []
    rows = trade_in.answers.order_by("system", "-pk").distinct("system").defer("raw")
    by_system = {row.system: row for row in rows}
    return [_said(by_system[name], trade_in) for name in LicensingSystem.values if name in by_system]


def _said(answer: LicensingAnswer, trade_in: TradeIn) -> Said:
    facts, holder = facts_in_words(answer), holder_in_words(answer, trade_in.owner.number_index)
    return Said(
        title=answer.get_system_display(),
        found=answer.outcome == LicensingAnswer.Outcome.FOUND,
        outcome=outcome_in_words(answer),
        facts=[*facts, (_("持有人"), holder)] if holder else facts,
        request_id=answer.request_id,
        at=moment(answer.answered_at),
        url=address(answer),
    )
