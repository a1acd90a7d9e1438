"""Celery's side of accounts."""

import logging

from celery import shared_task
from django.utils import timezone

from core.accounts.sessions import forget_expired

logger = logging.getLogger(__name__)


@shared_task
def forget_old_sessions() -> int:
    """Delete the rows of sessions that are over; return how many."""
    count = forget_expired(now=timezone.now())
    logger.info("%s sessions that were over were deleted", count)
    return count
