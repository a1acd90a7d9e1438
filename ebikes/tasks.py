"""Celery's side of the records: where it looks for tasks. Each stands in its room."""

from ebikes.importing.tasks import read_upload, sweep_uploads

__all__ = ["read_upload", "sweep_uploads"]
