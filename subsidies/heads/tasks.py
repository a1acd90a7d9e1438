"""The proof in the background."""

import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.locks import work_alone
from subsidies.heads.services.verify import begin_verification, run_verification
from subsidies.heads.services.watch import stop_where_forged
from subsidies.models import Verification

logger = logging.getLogger(__name__)
_LOCK = 330117


def order_verification(run: Verification) -> None:
    """Ask a worker for it. Where no message can be sent, it is given up after some hours and asked for again."""
    try:
        verify_everything.delay(run.pk)
    except OperationalError:
        logger.warning("no message could be sent: verification %s waits", run.pk)


@shared_task(time_limit=7200)
def verify_everything(verification_id: int) -> int:
    """Run the proof that somebody asked for; return how many things are wrong."""
    with work_alone(_LOCK, verification_id) as alone:
        return run_verification(verification_id=verification_id, clock=timezone.now) if alone else 0


@shared_task(time_limit=7200)
def sweep_decisions() -> bool:
    """Prove all that was decided, answered and booked, and the rest; return whether that stopped the payouts."""
    stopped = stop_where_forged(now=timezone.now())
    run, _new = begin_verification(by=None, now=timezone.now())
    verify_everything(run.pk)
    return stopped
