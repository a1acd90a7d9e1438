"""Reminding the staff each morning of what is due: written down first, then told."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.shanghai import local_day
from core.staff.notices import Channel
from core.working_days import UnknownYear, is_working_day
from subsidies.casework.selectors.loads import Load, loads
from subsidies.models import WorkReminder


def remind_staff(*, channel: Channel, now: datetime) -> int:
    """Remind everybody who has something due or overdue, once a working day; return how many reminders are new.

    Where it is not known whether the day is worked, people are reminded all the same. Written down before anybody is told:
    after a crash somebody may have missed one (the home page shows it all), nobody gets one twice.
    """
    today = local_day(now)
    try:
        if not is_working_day(today):
            return 0
    except UnknownYear:
        pass
    *theirs, nobodys = loads(today=today, now=now)
    unassigned = nobodys.overdue or 0
    told = [
        load
        for load in theirs
        if (load.due or load.overdue or unassigned) and _is_new(load, unassigned, now=now)
    ]
    for load in told:
        if load.person is not None:
            channel(load.person, _in_words(load, unassigned))
    return len(told)


def _is_new(load: Load, unassigned: int, *, now: datetime) -> bool:
    counts = {"due": load.due or 0, "overdue": load.overdue or 0, "unassigned": unassigned}
    with acting("remind_staff", by=None, now=now):
        _row, new = WorkReminder.objects.get_or_create(
            person=load.person, day=local_day(now), defaults={**counts, "at": now}
        )
    return new


def _in_words(load: Load, unassigned: int) -> str:
    """Counts alone, without anybody's name."""
    return _(
        "您名下今日到期 %(due)s 份，已逾期 %(overdue)s 份；另有 %(unassigned)s 份已逾期、尚未分派。请登录系统办理。"
    ) % {"due": load.due or 0, "overdue": load.overdue or 0, "unassigned": unassigned}
