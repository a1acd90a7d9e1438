"""Whether payouts are stopped."""

from subsidies.models import PayoutStop


def open_stop() -> PayoutStop | None:
    """What stops everything from leaving, if anything does."""
    return PayoutStop.objects.filter(state=PayoutStop.State.OPEN).first()
