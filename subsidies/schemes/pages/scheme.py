"""A scheme's own page: how its money stands by stage, what waits for a decision, and every version that it had."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from subsidies.claims.selectors.claims_per_stage import StageClaims, claims_per_stage
from subsidies.models import Claim, LedgerEntry, PolicyVersion, Scheme, SchemeChange
from subsidies.overview.pages.chart import PENDING, WAITING
from subsidies.overview.pages.figure_links import SPENDING, Figure, Rows, completed
from subsidies.schemes.selectors.terms import SETTINGS, Difference, Terms, differences, term_in_words
from subsidies.schemes.states import SchemeState
from subsidies.states import RESERVED

SHOWN = 50


def scheme_page(request: HttpRequest, scheme: Scheme) -> dict[str, Any]:
    """What the page shows."""
    rows = Rows(request)
    policies = list(
        scheme.policies.select_related("created_by", "approved_by", "change").order_by("-version")
    )
    changes = list(scheme.changes.select_related("proposed_by", "decided_by", "version")[:SHOWN])
    waiting = next((each for each in changes if each.state == SchemeChange.State.PROPOSED), None)
    changes_still = scheme.state != SchemeState.ARCHIVED
    return {
        "title": scheme.name,
        "scheme": scheme,
        "money": _money(scheme, rows),
        "stages": [(each, _stage(scheme, each, rows)) for each in claims_per_stage(scheme)],
        "settings": [
            (title, term_in_words(name, getattr(policies[0], name))) for name, title in SETTINGS.items()
        ]
        if policies
        else [],
        "versions": _versions(policies),
        "changes": changes,
        "waiting": waiting,
        "may_propose": waiting is None
        and changes_still
        and request.user.has_perm("subsidies.propose_schemechange"),
        "may_top_up": waiting is None and changes_still and request.user.has_perm("subsidies.propose_budget"),
    }


def _money(scheme: Scheme, rows: Rows) -> list[tuple[str, Figure]]:
    own = {"scheme__id__exact": scheme.pk}
    return [
        (_("资金总额"), rows.money(scheme.funded_fen, LedgerEntry, kind__in="fund,cut", **own)),
        (_("已锁定"), rows.money(scheme.reserved_fen, Claim, state__in=",".join(RESERVED), **own)),
        (_("已发放"), rows.money(scheme.paid_fen, LedgerEntry, kind__in=SPENDING, **own)),
        (_("可用"), rows.money(scheme.available_fen, LedgerEntry, **own)),
    ]


def _stage(scheme: Scheme, figures: StageClaims, rows: Rows) -> list[tuple[str, Figure]]:
    stage = figures.stage
    days = (stage.starts_on, stage.ends_on)
    own = {"stage__id__exact": stage.pk}
    shown = [
        (_("已锁定(元)"), rows.money(stage.reserved_fen, Claim, state__in=",".join(RESERVED), **own)),
        (_("已发放(元)"), rows.money(stage.paid_fen, LedgerEntry, kind__in=SPENDING, **own)),
        (_("候补(份)"), rows.figure(figures.waiting, Claim, **completed(scheme, *days, WAITING))),
        (_("核验中(份)"), rows.figure(figures.pending, Claim, **completed(scheme, *days, PENDING))),
    ]
    if stage.left_fen is not None:
        shown.append((_("上限剩余(元)"), Figure(term_in_words("cap_fen", stage.left_fen))))
    return shown


def _versions(policies: Sequence[PolicyVersion]) -> list[tuple[PolicyVersion, list[Difference]]]:
    """Newest first, each with what it changed of the one before."""
    terms = [Terms.of(policy) for policy in policies]
    before = [*terms[1:], None]
    return [
        (policy, differences(old, new) if old else [])
        for policy, new, old in zip(policies, terms, before, strict=True)
    ]
