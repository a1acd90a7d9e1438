"""Celery's side of the people and the audit trail."""

import logging

from celery import shared_task

from core.audit.retention import forget_entries, kept_months

logger = logging.getLogger(__name__)


@shared_task
def forget_old_entries() -> int:
    """Delete audit entries that are past their time; return how many."""
    count = forget_entries()
    logger.info("%s audit entries older than %s months were deleted", count, kept_months())
    return count
