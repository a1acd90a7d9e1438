"""What is configured of a system outside, and what this process remembers of it between calls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from core.signing.sm2 import keys_in, public_key, signing_key
from ebikes.licensing.breaker import Breaker, Health
from ebikes.licensing.ratelimit import TokenBucket
from ebikes.licensing.signatures import Signatures

TOKENS = {
    "exing": "EXING_TOKEN",
    "yunshenling": "YUNSHENLING_TOKEN",
    "ecny": "ECNY_TOKEN",
    "sms": "SMS_TOKEN",
}
BASE_URLS = {
    "exing": "EXING_URL",
    "yunshenling": "YUNSHENLING_URL",
    "ecny": "ECNY_URL",
    "sms": "SMS_URL",
    "register": "REGISTER_URL",  # it knows who asks by the signature, and has no token
}


@dataclass(frozen=True, slots=True)
class OutsideConfig:
    """One system: where it is, and how gently and for how long to ask it. Durations in seconds.

    `timeout` bounds one attempt, connecting included; `attempts` counts the first; `backoff` is the first
    wait between attempts, doubling, with jitter. The system is left alone for `breaker_seconds` after
    `breaker_failures` in a row over at least `breaker_span`. `signatures`: requests are signed, and answers
    believed only with a signature. `batch_size` above 1 uses the system's batch
    endpoint.
    """

    name: str
    base_url: str
    token: str = field(default="", repr=False)
    signatures: Signatures | None = None
    connect_timeout: float = 2.0
    timeout: float = 5.0
    attempts: int = 3
    concurrency: int = 64
    rate_per_second: float = 500.0
    breaker_failures: int = 20
    breaker_seconds: float = 10.0
    breaker_span: float = 1.0
    batch_size: int = 1
    backoff: float = 0.1

    @classmethod
    def from_settings(cls, name: str) -> "OutsideConfig":
        """Read one system's settings. Raises KeyError for a name that is none of these."""
        return cls(
            name=name,
            base_url=getattr(settings, BASE_URLS[name]),
            token=getattr(settings, TOKENS[name]) if name in TOKENS else "",
            signatures=_signatures(name),
            **settings.OUTSIDE,
        )


def tokens() -> dict[str, str]:
    """Each system's token, for the stub that stands in for all of them."""
    return {name: getattr(settings, setting) for name, setting in TOKENS.items()}


def stub_signatures() -> Signatures | None:
    """The other side of `operator_signatures`, for the stub. Raises ImproperlyConfigured."""
    if not settings.OPERATOR_SIGNED:
        return None
    return Signatures(keys_in(settings.STUB_SIGNING_KEY)["stub"], public_key("operator"))


def operator_signatures() -> Signatures:
    """Our key for the operator, and its own. Raises ImproperlyConfigured."""
    return Signatures(signing_key("operator"), settings.OPERATOR_PUBLIC_KEY)


def register_signatures() -> Signatures:
    """Our key for the lock register of the province, and its own. Raises ImproperlyConfigured."""
    return Signatures(signing_key("province"), settings.REGISTER_PUBLIC_KEY)


def _signatures(name: str) -> Signatures | None:
    if name == "register":
        return register_signatures()
    return operator_signatures() if name == "ecny" and settings.OPERATOR_SIGNED else None


class Guard:
    """The breaker and the rate limit of one system. They outlive the event loop that a call runs in."""

    def __init__(self, config: OutsideConfig, *, clock: Callable[[], datetime] = timezone.now) -> None:
        self.name = config.name
        self.breaker = Breaker(
            failures=config.breaker_failures,
            seconds=config.breaker_seconds,
            span=config.breaker_span,
            clock=clock,
        )
        self.bucket = TokenBucket(rate=config.rate_per_second, burst=max(1.0, config.rate_per_second / 10))

    def health(self) -> Health:
        """How the system has been answering this process."""
        return self.breaker.health(self.name)


_guards: dict[str, Guard] = {}


def guard_of(config: OutsideConfig) -> Guard:
    """This process's guard of the system, made at first use."""
    return _guards.setdefault(config.name, Guard(config))


def health() -> list[Health]:
    """A snapshot of every system that this process has asked, for the caller to store."""
    return [guard.health() for guard in _guards.values()]


def resume(name: str, *, open_until: datetime) -> None:
    """Leave a system alone until then, because another process found it failing."""
    guard_of(OutsideConfig.from_settings(name)).breaker.resume(open_until)
