"""Claims whose completion, as the authorities date it, falls to another scheme than the record's own times said."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from subsidies.checks.selectors.cases import rules_of
from subsidies.engine.case import Case
from subsidies.models import Claim, Scheme

Judged = tuple[Claim, Case]


def under_their_schemes(cases: Iterable[Judged]) -> list[Judged]:
    """The cases, each under the scheme that its completion falls to: its claim then has that scheme and its newest policy.

    A day that the claim's own version covers stays its own; one that no scheme covers leads nowhere. Left out, to be looked
    at again later: what falls to a scheme that takes no claims now.
    """
    found: list[Judged] = []
    schemes: dict[tuple[int, date], Scheme | None] = {}
    for claim, case in cases:
        day = case.completed_on()
        where = (claim.trade_in.district_id, day)
        if case.rules.stage_on(day) is None and where not in schemes:
            schemes[where] = Scheme.objects.on(day, district=claim.trade_in.district_id)
        scheme = schemes.get(where) if case.rules.stage_on(day) is None else None
        if scheme is None or scheme.pk == claim.scheme_id:
            found.append((claim, case))
            continue
        policy = scheme.policy
        rules = rules_of(policy)
        if rules.stage_on(day) is None:
            found.append((claim, case))
        elif scheme.is_open:
            claim.scheme, claim.policy = scheme, policy
            found.append((claim, replace(case, rules=rules)))
    return found
