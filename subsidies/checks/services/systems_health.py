"""How the outside systems answer, as the workers see it: kept for people, and for workers that start anew."""

from datetime import datetime

from ebikes.licensing.outside import health
from ebikes.models import LicensingHealth


def keep_health(*, now: datetime) -> None:
    """Write down what this process knows of every system that it has asked."""
    LicensingHealth.objects.bulk_create(
        [
            LicensingHealth(
                system=seen.system,
                state=seen.state,
                consecutive_failures=seen.consecutive_failures,
                last_ok_at=seen.last_ok_at,
                open_until=seen.open_until,
                seen_at=now,
            )
            for seen in sorted(health(), key=lambda each: each.system)
        ],
        update_conflicts=True,
        unique_fields=["system"],
        update_fields=["state", "consecutive_failures", "last_ok_at", "open_until", "seen_at"],
    )
