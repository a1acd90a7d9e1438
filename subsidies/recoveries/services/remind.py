"""Reminding of what is overdue: written down first, then told to the shop by the notice channel."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.money import yuan
from core.shanghai import local_day
from merchants.team.notices import Channel
from subsidies.models import RecoveryCase, RecoveryReminder
from subsidies.recoveries.selectors.overdue import Overdue, overdue


def remind_overdue(*, channel: Channel, now: datetime) -> int:
    """Remind of each overdue part, at once and again every RECOVERY_REMIND_DAYS; return how many reminders are new.

    Written down before anybody is told: after a crash somebody may have missed one (the pages show it all), nobody gets one
    twice.
    """
    today = local_day(now)
    missing = overdue(today=today)
    with acting("remind_overdue", by=None, now=now):
        told = [each for each in missing if _is_new(each, now=now)]
    cases = RecoveryCase.objects.select_related("claim__trade_in__merchant").in_bulk(
        [each.case_id for each in told]
    )
    for each in told:
        channel(cases[each.case_id].claim.trade_in.merchant, _in_words(cases[each.case_id], each))
    return len(told)


def _is_new(each: Overdue, *, now: datetime) -> bool:
    turn = 1 + ((local_day(now) - each.due_on).days - 1) // settings.RECOVERY_REMIND_DAYS
    _row, new = RecoveryReminder.objects.get_or_create(
        instalment_id=each.instalment_id, no=turn, defaults={"open_fen": each.missing_fen, "at": now}
    )
    return new


def _in_words(case: RecoveryCase, each: Overdue) -> str:
    """Without anybody's name: the record, the demand, and what is missing since when."""
    return _(
        "记录 %(record)s 的补贴追回(%(number)s)有 %(yuan)s 元已于 %(day)s 到期未还，请协助通知车主尽快退回。"
    ) % {
        "record": case.claim.trade_in.record_no,
        "number": case.number,
        "yuan": yuan(each.missing_fen),
        "day": each.due_on.isoformat(),
    }
