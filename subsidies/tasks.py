"""Celery's side of the programme: sweeps that find their work in rows. Lost, repeated or killed, they change nothing."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.audit.seals import seal_entries
from core.audit.settled import Unsettled
from core.shanghai import local_day
from core.staff.notices import staff_channel
from ebikes.licensing.ask import look_up_all
from merchants.team.notices import channel
from subsidies.allocation.services.allocate import allocate
from subsidies.casework.services.remind import remind_staff
from subsidies.cells.selectors.locks import is_cell
from subsidies.cells.services.report import report
from subsidies.checks.services.check import lease_due_claims, record_answers
from subsidies.checks.services.systems_health import keep_health
from subsidies.claims.services.tallies import fold_tallies
from subsidies.heads.selectors.published import folder, published
from subsidies.heads.services.seal_books import seal_books
from subsidies.heads.services.sign import sign_heads, signed_today
from subsidies.heads.tasks import sweep_decisions, verify_everything
from subsidies.laboratory.services.forecasts import keep_forecasts, score_forecasts
from subsidies.laboratory.tasks import sweep_laboratory, work_on
from subsidies.models import Scheme
from subsidies.papers.services.papers import expire_papers
from subsidies.payees.channels import owner_channel
from subsidies.payees.services.check_names import check_names
from subsidies.payees.services.tell_owners import tell_owners
from subsidies.payouts.operator import ask_operator
from subsidies.payouts.services.locks import ask_for_locks, not_locked, register_answers
from subsidies.payouts.services.prove import proved
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.payouts.services.stops import anchored, still_anchored
from subsidies.payouts.statement import Unread, read_statement
from subsidies.portal.services.tell_merchants import tell_merchants
from subsidies.reconciliation.selectors.gate import gate, was_read
from subsidies.reconciliation.selectors.triangle import oldest_open_day
from subsidies.reconciliation.services.reconcile import take_in_statement
from subsidies.recoveries.services.remind import remind_overdue
from subsidies.review.services.sweep_signals import sweep_signals
from subsidies.schemes.states import SchemeState

__all__ = [
    "sweep_decisions",
    "sweep_laboratory",
    "verify_everything",
    "work_on",
]  # Celery looks for tasks here; these stand in their room

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
def sweep_locks() -> int:
    """Ask the lock register of the province what is due; return how many questions. Nothing where there is none."""
    sweep = ask_for_locks(now=timezone.now())
    if sweep.asked:
        keep_health(now=timezone.now())
    return sweep.asked


@shared_task
def sweep_province() -> bool:
    """Tell the province how things stand here, and the statements of heads that are new; return whether it was told."""
    return report(statements=published() if is_cell() else (), now=timezone.now())


@shared_task
def allocate_all() -> None:
    """Give what money there is to whoever is next, in every scheme."""
    for scheme in Scheme.objects.filter(state=SchemeState.OPEN).order_by("pk"):
        allocate(scheme=scheme, now=timezone.now())


@shared_task
def sweep_tallies() -> int:
    """Add up what the moves of claims have left in the tallies; return how many rows fewer there are."""
    return fold_tallies()


@shared_task
def send_notices() -> int:
    """Tell the merchants what is new; return how many were told."""
    return tell_merchants(channel=channel(), now=timezone.now())


@shared_task
def sweep_heads() -> str:
    """Seal the audit trail, and once a day sign where both chains are; return the new file's name."""
    now = timezone.now()
    if folder() is None or signed_today(now=now):
        seal_entries()
        seal_books()
        return ""
    try:
        path = sign_heads(now=now)
    except (
        Unsettled
    ) as held_up:  # it is tried again at the next turn, and told on the page of the systems meanwhile
        logger.error("alarm: no heads are signed: %s", held_up)
        return ""
    return path.name if path else ""


@shared_task
def sweep_recoveries() -> int:
    """Remind of what is overdue of the money that is demanded back; return how many reminders are new."""
    return remind_overdue(channel=channel(), now=timezone.now())


@shared_task
def sweep_work() -> int:
    """Remind the staff of what is due on their desks; return how many reminders are new."""
    return remind_staff(channel=staff_channel(), now=timezone.now())


@shared_task
def sweep_for_signals(*, whole: bool = False) -> int:
    """Hold what a person should look at, among what is new or (`whole`) everywhere; return how many holds are new."""
    return sweep_signals(now=timezone.now(), whole=whole)


@shared_task
def sweep_papers() -> int:
    """What rested upon papers that have expired is checked anew, or held; return how many papers expired."""
    return expire_papers(now=timezone.now())


@shared_task
def sweep_statement() -> int:
    """Once yesterday is over, read the operator's statement and match it with our books; return how many lines were read.

    Where it cannot be read it is tried again at the next turn, and no new order leaves meanwhile.
    """
    now = timezone.now()
    still_anchored(now=now)
    last = local_day(now) - timedelta(days=1)
    if was_read(last, now=now):
        return 0
    first = min(last - timedelta(days=settings.RETURN_DAYS), oldest_open_day() or last)
    try:
        lines = read_statement(first=first, last=last)
    except Unread as error:
        logger.warning("the operator's statement was not read: %s", error)
        return 0
    take_in_statement(lines=lines, first=first, last=last, now=now)
    return len(lines)


@shared_task
def sweep_names() -> int:
    """Ask the operator whose the wallets of approved claims are; return how many answers came."""
    count = check_names(now=timezone.now())
    if count:
        keep_health(now=timezone.now())
    return count


@shared_task
def sweep_owner_notices() -> int:
    """Tell owners that their payee was changed; return how many were told."""
    return tell_owners(channel=owner_channel(), now=timezone.now())


@shared_task
def sweep_payouts() -> int:
    """Send, or ask about, every released batch that is due; return how many. What has not left yet waits for the gate.

    A cell of a province asks its lock register just before: while that is away, nothing leaves.
    """
    count = 0
    if not register_answers(now=timezone.now()):
        return 0
    while order := lease_due_order(now=timezone.now(), new_ones=gate(now=timezone.now()) is None):
        without_lock = not_locked(order, now=timezone.now())
        if without_lock is None:
            break
        order = proved(order, now=timezone.now(), not_locked=without_lock)
        if not anchored(order, now=timezone.now()):
            break
        record_results(order, ask_operator(order), now=timezone.now())
        keep_health(now=timezone.now())
        count += 1
    return count


@shared_task
def sweep_forecasts() -> int:
    """Keep today's forecasts, score those whose days have come; return how many were kept or scored."""
    now = timezone.now()
    return keep_forecasts(now=now) + score_forecasts(now=now)
