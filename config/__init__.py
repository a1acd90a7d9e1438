"""The project as a whole: settings, URLs, Celery, the servers of a fresh machine, and the commands that span all apps."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
