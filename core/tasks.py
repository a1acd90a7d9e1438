"""Celery's side of the ground floor: where it looks for tasks. Each stands in its room."""

from core.accounts.tasks import forget_old_sessions
from core.audit.tasks import forget_old_entries
from core.exports.tasks import sweep_exports, write_export

__all__ = ["forget_old_entries", "forget_old_sessions", "sweep_exports", "write_export"]
