"""The staff's home page: what needs doing and how the scheme stands. Every figure leads to the rows behind it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.rights.told import told_to
from core.rights.waiting import waits_until
from core.staff.access import person
from ebikes.evidence.wording import BREAKER
from ebikes.models import LicensingHealth
from subsidies.claims.admin_filters import BUCKETS
from subsidies.claims.selectors.claims_per_stage import StageClaims
from subsidies.models import Claim, LedgerEntry, Scheme
from subsidies.overview.pages.chart import PENDING, SETTLED, WAITING, chart
from subsidies.overview.pages.figure_links import SPENDING, Figure, Rows, completed
from subsidies.overview.pages.forecast import forecast_in_words
from subsidies.overview.pages.open_tasks import tasks
from subsidies.overview.pages.system_health import health, rates
from subsidies.overview.selectors.overview import Overview, SchemeOverview, overview
from subsidies.reasons import REASONS
from subsidies.schemes.pages.chooser import choose_scheme
from subsidies.states import OPEN, RESERVED, ClaimState


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the admin's first page; whoever may see nothing gets an empty one."""
    rows, now = Rows(request), timezone.now()
    choice = choose_scheme(request, Scheme.objects.at_work())
    found = overview(now=now, scheme=choice.scheme)
    scheme = found.scheme if rows.may(Claim) and rows.may(Scheme) else None
    return context | {
        "title": _("今日待办"),
        "rights_told": told_to(person(request), now=now),
        "money_waits": waits_until(person(request)),
        "tasks": tasks(found, rows, now=now),
        "ages": _ages(found, rows) if rows.may(Claim) else None,
        "systems": _systems(found) if rows.may(LicensingHealth) else None,
        **health(rows),
        "choice": choice if scheme else None,
        **(_scheme(scheme, rows) if scheme else {"no_scheme": found.scheme is None}),
    }


def _ages(found: Overview, rows: Rows) -> dict[str, Any]:
    return {
        "buckets": [title for _no, title in BUCKETS],
        "rows": [
            {
                "title": each.state.label,
                "figures": [
                    rows.figure(count, Claim, state__exact=each.state, waits=no)
                    for (no, _title), count in zip(BUCKETS, each.buckets, strict=True)
                ],
                "oldest": each.oldest,
            }
            for each in found.waiting
        ]
        + [
            {
                "title": _("暂缓中"),
                "figures": [
                    rows.figure(count, Claim, held_for=no)
                    for (no, _title), count in zip(BUCKETS, found.held.buckets, strict=True)
                ],
                "oldest": found.held.oldest,
            }
        ],
    }


def _systems(found: Overview) -> list[dict[str, Any]]:
    failing = rates()
    return [{**_system(each), "rate": failing.get(each.system, "")} for each in found.systems]


def _system(seen: LicensingHealth) -> dict[str, Any]:
    return {
        "health": seen,
        "name": str(seen),
        "state": str(BREAKER.get(seen.state, seen.state)),
        "well": seen.state == "closed" and not seen.consecutive_failures,
        "url": reverse("admin:ebikes_licensinghealth_change", args=[seen.pk]),
    }


def _scheme(found: SchemeOverview, rows: Rows) -> dict[str, Any]:
    most = max((count for _code, count in found.refusals), default=0)
    return {
        "scheme": found.scheme,
        "money": _money(found, rows),
        "stages": [_stage(found.scheme, each, rows) for each in found.stages],
        "chart": chart(found.scheme, found.days, rows) if found.days else None,
        "forecast": forecast_in_words(found.forecast),
        "may_see_scores": rows.can("subsidies.view_laboratoryrun"),
        "refusals": [
            (
                REASONS[code].title if code in REASONS else code,
                rows.figure(count, Claim, scheme__id__exact=found.scheme.pk, reason=code),
                _percent(count, most),
            )
            for code, count in found.refusals
        ],
    }


def _money(found: SchemeOverview, rows: Rows) -> list[tuple[str, Figure]]:
    scheme = found.scheme
    own = {"scheme__id__exact": scheme.pk}
    reserved, asked = (",".join(states) for states in (RESERVED, OPEN))
    return [
        (_("还剩"), rows.money(scheme.available_fen, Scheme)),
        (_("资金总额"), rows.money(scheme.funded_fen, LedgerEntry, kind__in="fund,cut", **own)),
        (_("已发放"), rows.money(scheme.paid_fen, LedgerEntry, kind__in=SPENDING, **own)),
        (_("已锁定待发放"), rows.money(scheme.reserved_fen, Claim, state__in=reserved, **own)),
        (_("排队的申请所需"), rows.money(found.asked_fen, Claim, state__in=asked, **own)),
    ]


def _stage(scheme: Scheme, figures: StageClaims, rows: Rows) -> dict[str, Any]:
    stage = figures.stage

    def within(*states: str) -> dict[str, object]:
        return completed(scheme, stage.starts_on, stage.ends_on, states)

    paid = {"kind__in": SPENDING, "stage__id__exact": stage.pk}
    shown = [
        (_("已获补贴"), rows.figure(figures.settled, Claim, **within(*SETTLED))),
        (_("候补"), rows.figure(figures.waiting, Claim, **within(*WAITING))),
        (_("核验中"), rows.figure(figures.pending, Claim, **within(*PENDING))),
        (_("不予补贴"), rows.figure(figures.refused, Claim, **within(ClaimState.REFUSED))),
        (_("已用金额(元)"), rows.money(stage.committed_fen, Claim, **within(*SETTLED))),
        (_("其中已发放(元)"), rows.money(stage.paid_fen, LedgerEntry, **paid)),
    ]
    if stage.left_fen is not None:
        shown.append((_("本阶段上限剩余(元)"), rows.money(stage.left_fen, Scheme)))
    return {"stage": stage, "figures": shown}


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}"
