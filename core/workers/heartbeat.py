"""That a process of ours is alive: a row each, written by the process itself. No page ever asks them."""

from datetime import datetime, timedelta

from core.models import WorkerHeartbeat

HEARTBEAT_SECONDS = 15.0
_FORGOTTEN_AFTER = timedelta(days=1)


def note_heartbeat(*, kind: WorkerHeartbeat.Kind, name: str, now: datetime) -> None:
    """Say that this process is there, and forget those that have not been for a day."""
    WorkerHeartbeat.objects.bulk_create(
        [WorkerHeartbeat(kind=kind, name=name[:255], seen_at=now)],
        update_conflicts=True,
        unique_fields=["kind", "name"],
        update_fields=["seen_at"],
    )
    WorkerHeartbeat.objects.filter(seen_at__lt=now - _FORGOTTEN_AFTER).delete()


def end_heartbeat(*, kind: WorkerHeartbeat.Kind, name: str) -> None:
    """Say good-bye: a process that was stopped on purpose is not missed."""
    WorkerHeartbeat.objects.filter(kind=kind, name=name[:255]).delete()
