"""Celery's side of the programme: sweeps that find their work in rows. Lost, repeated or killed, they change nothing."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.shanghai import local_day
from ebikes.licensing.ask import look_up_all
from merchants.team.notices import channel
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.checks.services.systems_health import keep_health
from subsidies.models import Scheme
from subsidies.payouts.operator import ask_operator
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.payouts.services.returns import take_in_statement
from subsidies.payouts.services.stops import anchored
from subsidies.payouts.statement import Unread, read_statement
from subsidies.portal.services.tell_merchants import tell_merchants
from subsidies.recoveries.services.remind import remind_overdue
from subsidies.review.services.sweep_signals import sweep_signals

logger = logging.getLogger(__name__)


@shared_task
def sweep_checks() -> int:
    """Ask about one chunk of due claims; where the chunk was full, call a colleague first. Returns how many."""
    due = lease_due_claims(limit=settings.CHECK_CHUNK, now=timezone.now())
    if not due:
        return 0
    if len(due) == settings.CHECK_CHUNK:
        sweep_checks.delay()
    exing, yunshenling = look_up_all(
        exing=[d.exing_plate for d in due if d.exing_plate is not None],
        yunshenling=[d.yunshenling_plate for d in due if d.yunshenling_plate is not None],
    )
    record_answers(due, exing=exing, yunshenling=yunshenling, now=timezone.now())
    keep_health(now=timezone.now())
    return len(due)


@shared_task
def allocate_all() -> None:
    """Give what money there is to whoever is next, in every scheme."""
    for scheme in Scheme.objects.order_by("pk"):
        allocate(scheme=scheme, now=timezone.now())


@shared_task
def send_notices() -> int:
    """Tell the merchants what is new; return how many were told."""
    return tell_merchants(channel=channel(), now=timezone.now())


@shared_task
def sweep_recoveries() -> int:
    """Remind of what is overdue of the money that is demanded back; return how many reminders are new."""
    return remind_overdue(channel=channel(), now=timezone.now())


@shared_task
def sweep_for_signals(*, whole: bool = False) -> int:
    """Hold what a person should look at, among what is new or (`whole`) everywhere; return how many holds are new."""
    return sweep_signals(now=timezone.now(), whole=whole)


@shared_task
def sweep_statement() -> int:
    """Read the operator's statement of the last days: book what came back, stop where it differs; return how many came."""
    now = timezone.now()
    today = local_day(now)
    try:
        lines = read_statement(first=today - timedelta(days=settings.RETURN_DAYS), last=today)
    except Unread as error:
        logger.warning("the operator's statement was not read: %s", error)
        return 0
    return take_in_statement(lines=lines, now=now)


@shared_task
def sweep_payouts() -> int:
    """Send, or ask about, every released batch that is due; return how many."""
    count = 0
    while order := lease_due_order(now=timezone.now()):
        if not anchored(order, now=timezone.now()):
            break
        record_results(order, ask_operator(order), now=timezone.now())
        keep_health(now=timezone.now())
        count += 1
    return count
