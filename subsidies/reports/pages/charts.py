"""Charts to be pasted into a briefing: by week, street, merchant, reason, and stages against their plan; SVG or PNG."""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.audit.record import Action, record
from core.staff.access import person, staff_page
from subsidies.models import Claim
from subsidies.overview.pages.figure_links import Rows
from subsidies.reasons import REASONS
from subsidies.reports.pages.drawing import Bars, drawn
from subsidies.reports.pages.scope import RIGHTS, asked
from subsidies.reports.selectors.figures.claims import BETWEEN
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.reports.selectors.report import figure_named, report

MOST = 20  # bars of streets and merchants; the rest is told in a line: as a bar it would flatten all others
FORMATS = {"svg": "image/svg+xml", "png": "image/png"}
Pair = tuple[str, int]


def _notes(scope: Scope, code: str) -> Iterable[str]:
    figure = figure_named(scope, code)
    return figure.rows.values_list("row_note", flat=True).iterator() if figure else ()


def _most(counts: Counter[str], series: str) -> Bars:
    """The largest first; what is beyond is summed in a line below."""
    found: list[Pair] = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown, rest = found[:MOST], found[MOST:]
    below = _("图中为最多的 %(shown)s 项；其余 %(rest)s 项合计 %(sum)s，没有画出。") % {
        "shown": len(shown),
        "rest": f"{len(rest):,}",
        "sum": f"{sum(count for _name, count in rest):,}",
    }
    return Bars(
        [name for name, _n in shown],
        {series: [count for _name, count in shown]},
        lying=True,
        below=below if rest else "",
    )


def _by_week(scope: Scope) -> Bars:
    figure = figure_named(scope, "trade-ins")
    days = figure.rows.values_list("row_day", flat=True) if figure else ()
    weeks: Counter[date] = Counter(day - timedelta(days=day.weekday()) for day in days)
    first, last = (min(weeks), max(weeks)) if weeks else (scope.first, scope.first)
    every = [first + timedelta(days=7 * n) for n in range((last - first).days // 7 + 1)] if weeks else []
    return Bars([f"{week:%m-%d}" for week in every], {_("淘汰置换(台)"): [weeks[week] for week in every]})


def _by(part: int) -> Callable[[Scope], Bars]:
    def bars(scope: Scope) -> Bars:
        named = (note.split(BETWEEN) for note in _notes(scope, "trade-ins"))
        return _most(Counter(names[part] or _("未填") for names in named), _("淘汰置换(台)"))

    return bars


def _by_reason(scope: Scope) -> Bars:
    counts = Counter(code for note in _notes(scope, "trade-ins-refused") for code in note.split(",") if code)
    named = {str(REASONS[code].title) if code in REASONS else code: n for code, n in counts.items()}
    return _most(Counter(named), _("不予补贴(份)"))


def _against_plan(scope: Scope) -> Bars:
    told = {each.figure.code: each for section in report(scope) for each in section.figures}
    stages = [code.removesuffix(".standard") for code in told if code.endswith(".standard")]
    kinds = {
        "plan_people": _("预计对象(人)"),
        "done": _("淘汰置换(台)"),
        "granted": _("符合发放对象(人)"),
        "paid": _("已发放(人)"),
    }
    return Bars(
        [_named(scope, stage) for stage in stages],
        {title: [told[f"{stage}.{kind}"].value for stage in stages] for kind, title in kinds.items()},
    )


def _named(scope: Scope, code: str) -> str:
    """A stage; with its scheme where there are several."""
    _stage, scheme, no = code.split(".")
    name = _("第 %(no)s 阶段") % {"no": no}
    several = len(scope.schemes) > 1
    return (
        f"{next(each.code for each in scope.schemes if each.pk == int(scheme))}\n{name}" if several else name
    )


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: what it is called, and how its bars are reckoned."""

    title: str | Promise
    bars: Callable[[Scope], Bars]
    rights: Sequence[type[Claim]] = field(default=(Claim,))

    def may(self, rows: Rows) -> bool:
        """Whether this person sees the claims that it counts."""
        return all(rows.may(model) for model in self.rights)


CHARTS: dict[str, Chart] = {
    "week": Chart(gettext_lazy("每周淘汰置换"), _by_week),
    "street": Chart(gettext_lazy("各街道淘汰置换"), _by(0)),
    "merchant": Chart(gettext_lazy("各商户淘汰置换"), _by(1)),
    "reason": Chart(gettext_lazy("不予补贴的原因"), _by_reason),
    "plan": Chart(gettext_lazy("各阶段预计与实际"), _against_plan),
}


@require_GET
@staff_page(*RIGHTS)
def chart_file(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """A chart as a file; that it was taken away is written down. `show`: within the page."""
    if name not in CHARTS or form not in FORMATS:
        raise Http404
    chart, found = CHARTS[name], asked(request)
    if not chart.may(Rows(request)):
        raise PermissionDenied
    if not found.makes_sense:
        return redirect(f"{reverse('staff-report')}?{request.GET.urlencode()}")
    period = f"{found.scope.first} – {found.last}"
    out = io.BytesIO()
    drawn(chart.bars(found.scope), f"{chart.title}　{period}", out, form)
    shown = "show" in request.GET and form == "svg"
    if not shown:
        record(Action.DOWNLOAD, by=person(request), detail={"report": period, "chart": name})
    kind = "inline" if shown else "attachment"
    name = f'{kind}; filename="{name}-{found.scope.first}-{found.last}.{form}"'
    return HttpResponse(out.getvalue(), content_type=FORMATS[form], headers={"Content-Disposition": name})
