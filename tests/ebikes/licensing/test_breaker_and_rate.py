"""The breaker and the token bucket, by the clock that the test holds."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ebikes.licensing.breaker import Breaker
from ebikes.licensing.ratelimit import TokenBucket

START = datetime(2022, 6, 1, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return (self.now - START).total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(clock: Clock) -> Breaker:
    """A breaker that three failures have just opened, for ten seconds."""
    breaker = Breaker(failures=3, seconds=10, clock=clock)
    for _ in range(3):
        assert breaker.allow()
        breaker.failed()
    return breaker


def test_a_breaker_opens_after_so_many_failures_in_a_row(opened: Breaker) -> None:
    assert not opened.allow()
    health = opened.health("exing")
    assert (health.state, health.consecutive_failures) == ("open", 3)
    assert health.open_until == START + timedelta(seconds=10)


def test_a_success_in_between_starts_the_count_anew(clock: Clock) -> None:
    breaker = Breaker(failures=3, seconds=10, clock=clock)
    for outcome in (breaker.failed, breaker.failed, breaker.succeeded, breaker.failed, breaker.failed):
        outcome()
    assert breaker.allow()
    assert breaker.health("exing").last_ok_at == START


def test_one_hiccup_that_fails_all_that_is_under_way_does_not_open_it(clock: Clock) -> None:
    breaker = Breaker(failures=3, seconds=10, span=1, clock=clock)
    for _ in range(64):
        breaker.failed()
    assert breaker.closed
    clock.forward(1)
    breaker.failed()
    assert not breaker.closed


def test_after_the_pause_one_probe_is_let_out_and_the_others_are_not(opened: Breaker, clock: Clock) -> None:
    clock.forward(10)
    assert opened.health("exing").state == "half_open"
    assert opened.allow()
    assert not opened.allow()


def test_a_probe_that_succeeds_closes_it(opened: Breaker, clock: Clock) -> None:
    clock.forward(10)
    opened.allow()
    opened.succeeded()
    assert opened.allow()
    assert opened.health("exing").state == "closed"


def test_a_probe_that_fails_opens_it_for_another_pause(opened: Breaker, clock: Clock) -> None:
    clock.forward(10)
    opened.allow()
    clock.forward(5)
    opened.failed()
    clock.forward(9)
    assert not opened.allow()
    clock.forward(1)
    assert opened.allow()


def test_a_probe_that_never_reports_back_only_delays_the_next(opened: Breaker, clock: Clock) -> None:
    clock.forward(10)
    opened.allow()
    clock.forward(10)
    assert opened.allow()


def test_a_pause_found_elsewhere_is_taken_over_unless_it_is_over_or_shorter(clock: Clock) -> None:
    breaker = Breaker(failures=3, seconds=10, clock=clock)
    breaker.resume(START)
    assert breaker.allow()
    breaker.resume(START + timedelta(seconds=30))
    breaker.resume(START + timedelta(seconds=5))
    clock.forward(29)
    assert not breaker.allow()
    clock.forward(1)
    assert breaker.allow()


def test_a_burst_goes_out_at_once_and_the_rest_in_step(clock: Clock) -> None:
    bucket = TokenBucket(rate=10, burst=2, clock=clock.monotonic)
    assert [bucket.reserve() for _ in range(4)] == pytest.approx([0, 0, 0.1, 0.2])


def test_tokens_come_back_with_time_but_only_up_to_the_burst(clock: Clock) -> None:
    bucket = TokenBucket(rate=10, burst=2, clock=clock.monotonic)
    for _ in range(2):
        bucket.reserve()
    clock.forward(3600)
    assert [bucket.reserve() for _ in range(3)] == pytest.approx([0, 0, 0.1])


def test_whoever_has_no_token_waits_for_exactly_that_long(clock: Clock) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    bucket = TokenBucket(rate=4, burst=1, clock=clock.monotonic, sleep=wait)

    async def take(times: int) -> None:
        for _ in range(times):
            await bucket.acquire()

    asyncio.run(take(3))
    assert waits == pytest.approx([0.25, 0.5])


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_bucket_that_could_never_give_a_token_is_refused(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="bucket"):
        TokenBucket(rate=rate, burst=burst)
