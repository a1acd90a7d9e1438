"""Celery's side of the people and the audit trail."""

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from core.audit.record import forget_entries

logger = logging.getLogger(__name__)


@shared_task
def forget_old_entries() -> int:
    """Delete audit entries past `settings.AUDIT_MONTHS`; return how many."""
    count = forget_entries(months=settings.AUDIT_MONTHS, now=timezone.now())
    logger.info("%s audit entries older than %s months were deleted", count, settings.AUDIT_MONTHS)
    return count
