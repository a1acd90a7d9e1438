"""The money of the stages, as the report has it: what was set aside beside what is owed and what was paid."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.money import yuan
from subsidies.claims.selectors.claims_per_stage import StageClaims
from subsidies.models import Claim, LedgerEntry, Scheme, Stage
from subsidies.overview.pages.figure_links import SPENDING, Figure, Rows, completed
from subsidies.reports.selectors.report import Report
from subsidies.states import GRANTED, SPENT


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage in people and money. `remark` says where two figures do not agree: both are reported, neither adjusted."""

    stage: Stage
    cells: list[tuple[str, Figure]]
    remark: str


def stage_table(found: Report, rows: Rows) -> list[StageLine]:
    """The stages that the period touches, each over its whole window."""
    return [_stage(found.scheme, each, rows) for each in found.stages if found.scheme is not None]


def _stage(scheme: Scheme, figures: StageClaims, rows: Rows) -> StageLine:
    stage = figures.stage
    window = (scheme, stage.starts_on, stage.ends_on)
    got = completed(*window, GRANTED)
    paid = {"kind__in": SPENDING, "stage__id__exact": stage.pk}
    set_aside = Figure("–") if stage.cap_fen is None else rows.money(stage.cap_fen, Scheme)
    return StageLine(
        stage,
        [
            (_("补贴标准(元)"), Figure(yuan(stage.amount_fen))),
            (_("安排资金(元)"), set_aside),
            (_("符合发放对象(人)"), rows.figure(figures.settled, Claim, **got)),
            (_("应发补贴(元)"), rows.money(stage.committed_fen, Claim, **got)),
            (_("已发放(人)"), rows.figure(figures.paid, Claim, **completed(*window, SPENT))),
            (_("已发放(元)"), rows.money(stage.paid_fen, LedgerEntry, **paid)),
        ],
        _difference(figures),
    )


def _difference(figures: StageClaims) -> str:
    """Where what was set aside and what is owed do not agree, by how much."""
    left = figures.stage.left_fen
    if not left:
        return ""
    said = {"yuan": yuan(left), "count": f"{left // figures.stage.amount_fen:,}"}
    return _("安排资金与应发补贴相差 %(yuan)s 元，合 %(count)s 份；两数照实列出，不作调整。") % said
