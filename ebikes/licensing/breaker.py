"""A circuit breaker: leave a system alone for a while after it has failed many times in a row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.utils import timezone

State = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class Health:
    """How a system has been answering this process. Times are aware."""

    system: str
    state: State
    consecutive_failures: int
    last_ok_at: datetime | None
    open_until: datetime | None


class Breaker:
    """Closed: everybody may ask. Open: nobody may. Half-open: one request may, and its outcome decides.

    It opens for `seconds` after `failures` in a row that lasted for at least `span` seconds: of many requests
    under way at once, one hiccup fails all. The probe is a lease as long as the pause: one that never reports
    back only delays the next.
    """

    def __init__(
        self,
        *,
        failures: int,
        seconds: float,
        span: float = 0.0,
        clock: Callable[[], datetime] = timezone.now,
    ) -> None:
        self._limit = failures
        self._pause = timedelta(seconds=seconds)
        self._span = timedelta(seconds=span)
        self._failing_since: datetime | None = None
        self._clock = clock
        self._failures = 0
        self._open_until: datetime | None = None
        self._probing = False
        self._last_ok_at: datetime | None = None

    @property
    def closed(self) -> bool:
        """Whether everybody may ask."""
        return self._open_until is None

    def allow(self) -> bool:
        """Say whether a request may be sent now; after a pause, the first to ask becomes the probe."""
        if self._open_until is None:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._probing = True
        self._open_until = now + self._pause
        return True

    def succeeded(self) -> None:
        """The system answered."""
        self._failures = 0
        self._failing_since = None
        self._open_until = None
        self._probing = False
        self._last_ok_at = self._clock()

    def failed(self) -> None:
        """The system failed; enough in a row, or a failed probe, opens the breaker."""
        now = self._clock()
        self._failures += 1
        self._failing_since = self._failing_since or now
        lasting = self._failures >= self._limit and now - self._failing_since >= self._span
        if self._probing or (lasting and self._open_until is None):
            self._probing = False
            self._open_until = now + self._pause

    def resume(self, open_until: datetime) -> None:
        """Take over a pause that another process has found necessary; one that is over changes nothing."""
        if open_until > max(self._clock(), self._open_until or open_until.min.replace(tzinfo=UTC)):
            self._open_until = open_until
            self._probing = False

    def health(self, system: str) -> Health:
        """A snapshot, for whoever stores or shows it."""
        state: State = "closed" if self._open_until is None else "half_open" if self._may_probe() else "open"
        return Health(system, state, self._failures, self._last_ok_at, self._open_until)

    def _may_probe(self) -> bool:
        return self._probing or (self._open_until is not None and self._clock() >= self._open_until)
