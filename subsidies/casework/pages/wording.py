"""By when a case is to be done, in words."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from subsidies.models import CaseAssignment, Claim
from subsidies.review.selectors.deadlines import Deadline, deadline
from subsidies.states import ClaimState


@dataclass(frozen=True, slots=True)
class Due:
    """A sentence for a cell; `over`: the day has passed, `today`: it is this one; `counted`: how it was reckoned."""

    text: str
    over: bool = False
    today: bool = False
    counted: str = ""

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
    day, over, is_today = found.on.isoformat(), found.is_over(today), found.is_today(today)
    text = _("%s 已逾期") % day if over else _("%s 今日到期") % day if is_today else day
    return Due(text, over, is_today, counted_in_words(found))


def counted_in_words(found: Deadline) -> str:
    """From which working day on a term counts; nothing of a day that was set for the case."""
    if found.counts_from is None:
        return ""
    first = f"{found.counts_from.isoformat()} {_weekday(found.counts_from)}"
    return _("自 %(first)s 起算，%(days)s 个工作日") % {"first": first, "days": found.working_days}


def _weekday(day: date) -> str:
    return (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))[day.weekday()]
