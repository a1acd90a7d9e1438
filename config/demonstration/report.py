"""For the half-year report: what other systems count, what was planned, an issue that was signed, and one that waits."""

from datetime import date

from django.utils import timezone

from config.packs.logins import in_role
from core.privacy.proofs import Proof
from subsidies.issues.services.issues import decide_issue, make_issue
from subsidies.models import Scheme, StatedFigure
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.reports.selectors.report import half_year, usual_period
from subsidies.stated.services.figures import Statement, decide_figure, tell_figure

JUNE, PLANNED = date(2022, 6, 30), date(2022, 5, 20)
Subject, Exactness = StatedFigure.Subject, StatedFigure.Exactness
SCAN = b"%PDF-1.4\n%%EOF\n"  # an empty one


def leave_reports(scheme: Scheme) -> None:
    """The figures of the first half of 2022, told and confirmed; its report signed, that of the whole scheme waiting."""
    officer, reviewer, now = in_role("officer"), in_role("reviewer"), timezone.now()
    for told in outside_figures(scheme):
        figure = tell_figure(told=told, proof=Proof(f"{told.source}.pdf", SCAN), by=officer, now=now)
        decide_figure(figure=figure, confirm=True, by=reviewer, now=now)
    first, last = usual_period(scheme=scheme, today=JUNE)
    half = make_issue(scope=Scope.of(*half_year(first), (scheme,)), by=officer, now=now, note="半年报")
    decide_issue(issue=half, sign=True, by=reviewer, now=now)
    make_issue(scope=Scope.of(first, last, (scheme,)), by=officer, now=now, note="方案期满")


def outside_figures(scheme: Scheme) -> list[Statement]:
    """As the source gives them: people and money of the plan differ by forty grants."""
    plan = {"as_of": PLANNED, "source": "实施方案测算表", "scheme": scheme, "stage_no": 1}
    return [
        Statement(Subject.CODE_PLATES, 45_000, JUNE, "云申领系统上牌月报", exactness=Exactness.OVER),
        Statement(Subject.FILED_BIKES, 180_000, JUNE, "备案非标电动自行车登记月报"),
        Statement(Subject.ONLINE_TRADE_INS, 3_500, JUNE, "浙江e行在线平台统计", exactness=Exactness.NEARLY),
        Statement(Subject.PLAN_PEOPLE, 2_560, **plan),  # type: ignore[arg-type]
        Statement(Subject.PLAN_FEN, 78_000_000, **plan),  # type: ignore[arg-type]
    ]
