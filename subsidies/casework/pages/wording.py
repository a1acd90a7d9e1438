"""By when a case is to be done, in words."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from subsidies.models import CaseAssignment, Claim
from subsidies.review.selectors.deadlines import deadline
from subsidies.states import ClaimState


@dataclass(frozen=True, slots=True)
class Due:
    """A sentence for a cell; `over` where the day has passed, `today` where it is this one."""

    text: str
    over: bool = False
    today: bool = False

    def __str__(self) -> str:
        return self.text


def due_in_words(claim: Claim, since: datetime | None, held: CaseAssignment | None, *, today: date) -> Due:
    """Of a claim with its policy loaded. What waits for its shop alone has no term of ours."""
    waits_for_shop = claim.state == ClaimState.NEEDS_CORRECTION and not any(
        hold.cleared_at is None for hold in claim.holds.all()
    )
    if since is None or (waits_for_shop and (held is None or held.due_on is None)):
        return Due("–")
    found = deadline(
        since=since, working_days=claim.policy.review_days, own_due=held.due_on if held else None
    )
    if found.unknown_year:
        return Due(_("%s 年放假安排未收录，期限待定") % found.unknown_year)
    if found.on is None:
        return Due("–")
    day = found.on.isoformat()
    if found.is_over(today):
        return Due(_("%s 已逾期") % day, over=True)
    return Due(_("%s 今日到期") % day, today=True) if found.is_today(today) else Due(day)
