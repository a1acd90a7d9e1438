"""Retries, limits and the breaker on the way out."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from ebikes.licensing.answers import Problem
from ebikes.licensing.ask import look_up_all
from ebikes.licensing.errors import garbage
from ebikes.licensing.outside import Guard, OutsideConfig, guard_of, resume
from ebikes.licensing.responses import retry_after
from ebikes.licensing.transport import OutsideSystem, Reply
from tests.ebikes.licensing.loopback import GENTLE, NEW_PLATE, OLD_PLATE, answering, connected, running_stub

THREE = replace(GENTLE, attempts=3)
BRITTLE = replace(GENTLE, breaker_failures=2, breaker_span=0.0)


class Script:
    """A server that answers with these statuses in turn, then 200; and remembers what it was sent."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.statuses = list(statuses)
        self.headers = headers or {}
        self.seen: list[tuple[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.seen.append((request.headers["X-Request-Id"], await request.text()))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.json_response({"status": status}, status=status, headers=self.headers)


def replies(script: Script, *, config: OutsideConfig = THREE, times: int = 1, **options: Any) -> list[Reply]:
    async def ask() -> list[Reply]:
        async with answering(script.answer) as url, connected(url, config) as system:
            return [
                await system.post_json("/x", {"n": 1}, **{"idempotent": True, **options})
                for _ in range(times)
            ]

    return asyncio.run(ask())


def test_a_failure_that_may_pass_is_tried_again_with_the_same_body_and_request_id() -> None:
    script = Script(500, 503)
    assert replies(script)[0].body == {"status": 200}
    assert len(script.seen) == 3
    assert len(set(script.seen)) == 1


def test_attempts_are_bounded() -> None:
    script = Script(500, 500, 500, 500)
    assert replies(script)[0].problem == Problem.SERVER_ERROR
    assert len(script.seen) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 405, 409, 422, 301])
def test_a_permanent_refusal_is_not_tried_again(status: int) -> None:
    script = Script(status)
    assert replies(script)[0].problem is not None
    assert len(script.seen) == 1


@pytest.mark.parametrize("status", [404, 408, 425, 429])
def test_some_4xx_may_pass(status: int) -> None:
    script = Script(status)
    assert replies(script)[0].problem is None
    assert len(script.seen) == 2


def test_what_is_not_idempotent_is_sent_once_and_its_outcome_stays_unknown() -> None:
    script = Script(500)
    assert replies(script, idempotent=False)[0].problem == Problem.SERVER_ERROR
    assert len(script.seen) == 1


def test_a_status_that_the_caller_counts_as_an_answer_is_one() -> None:
    reply = replies(Script(409), answers=frozenset({200, 409}))[0]
    assert (reply.problem, reply.status, reply.body) == (None, 409, {"status": 409})


def test_a_reader_that_finds_garbage_causes_another_attempt() -> None:
    def read(_reply: Reply) -> str:
        if len(script.seen) < 2:
            raise garbage()
        return "read"

    script = Script()
    assert replies(script, read=read)[0].value == "read"


def test_a_fault_of_our_own_is_an_unknown_outcome_too(caplog: pytest.LogCaptureFixture) -> None:
    def read(_reply: Reply) -> None:
        raise ZeroDivisionError

    assert replies(Script(), read=read)[0].problem == Problem.INTERNAL
    assert "failed inside" in caplog.text


def test_a_throttled_request_waits_as_long_as_it_was_told_but_not_longer_than_a_timeout() -> None:
    script = Script(429, headers={"Retry-After": "86400"})
    assert replies(script, config=replace(THREE, timeout=0.05))[0].problem is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("7", 7),
        ("soon", 0),
        ("-3", 0),
        ("Wed, 01 Jun 2022 00:00:30 GMT", 30),
        ("Tue, 31 May 2022 00:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_in_both_its_forms(header: str | None, seconds: float) -> None:
    assert retry_after(header, now=datetime(2022, 6, 1, tzinfo=UTC)) == seconds


def test_an_open_breaker_lets_nothing_out() -> None:
    script = Script(500, 500)
    problems = [reply.problem for reply in replies(script, config=BRITTLE, times=4)]
    assert problems == [Problem.SERVER_ERROR] * 2 + [Problem.BREAKER_OPEN] * 2
    assert len(script.seen) == 2


def test_a_breaker_that_opens_between_attempts_does_not_hide_what_the_first_attempt_met() -> None:
    script = Script(500, 500)
    reply = replies(script, config=replace(BRITTLE, attempts=3))[0]
    assert (reply.problem, reply.status) == (Problem.SERVER_ERROR, 500)
    assert len(script.seen) == 2


@pytest.mark.parametrize("status", [429, 422])
def test_being_throttled_or_declined_does_not_open_the_breaker(status: int) -> None:
    script = Script(*[status] * 5)
    assert replies(script, config=BRITTLE, times=6)[-1].problem is None


def test_those_behind_a_probe_wait_for_it_instead_of_being_turned_away() -> None:
    async def ask() -> list[Reply]:
        guard = Guard(BRITTLE, clock=lambda: clock[0])
        async with answering(script.answer) as url, connected(url, BRITTLE, guard) as system:
            for _ in range(2):
                await system.post_json("/x", {}, idempotent=True)
            clock[0] = datetime(2022, 6, 1, 1, tzinfo=UTC)
            return await asyncio.gather(*(system.post_json("/x", {}, idempotent=True) for _ in range(5)))

    clock = [datetime(2022, 6, 1, tzinfo=UTC)]
    script = Script(500, 500)
    assert [reply.problem for reply in asyncio.run(ask())] == [None] * 5


def test_no_more_requests_are_under_way_than_configured() -> None:
    under_way, most = 0, 0

    async def handler(_request: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return web.json_response({})

    async def ask() -> None:
        async with answering(handler) as url, connected(url, replace(GENTLE, concurrency=3)) as system:
            await asyncio.gather(*(system.post_json("/x", {}, idempotent=True) for _ in range(30)))

    asyncio.run(ask())
    assert 1 < most <= 3


def test_cancelling_passes_through() -> None:
    async def ask() -> None:
        started = asyncio.Event()

        async def handler(_request: web.Request) -> web.Response:
            started.set()
            await asyncio.Event().wait()
            return web.Response()

        async with answering(handler) as url, connected(url, THREE) as system:
            task = asyncio.create_task(system.post_json("/x", {}, idempotent=True))
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(ask())


@pytest.fixture
def own_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ebikes.licensing.outside._guards", {})


@pytest.mark.usefixtures("own_guards")
def test_the_door_asks_both_systems_as_the_settings_say(settings: Any) -> None:
    async def ask() -> Any:
        async with running_stub() as stub:
            settings.EXING_URL = settings.YUNSHENLING_URL = stub.url
            return await asyncio.to_thread(look_up_all, exing=[OLD_PLATE], yunshenling=[NEW_PLATE])

    settings.EXING_TOKEN = settings.YUNSHENLING_TOKEN = GENTLE.token
    settings.OUTSIDE = {"timeout": 5.0, "attempts": 1}
    filings, plates = asyncio.run(ask())
    assert (filings[OLD_PLATE].outcome, plates[NEW_PLATE].outcome) == ("found", "found")


@pytest.mark.usefixtures("own_guards")
def test_a_pause_that_another_process_found_necessary_is_kept(settings: Any) -> None:
    settings.EXING_URL, settings.OUTSIDE = "http://127.0.0.1:9", {"attempts": 1}
    resume("exing", open_until=datetime(2999, 1, 1, tzinfo=UTC))
    answers, _ = look_up_all(exing=[OLD_PLATE], yunshenling=[])
    assert answers[OLD_PLATE].problem == Problem.BREAKER_OPEN
    health = guard_of(OutsideConfig.from_settings("exing")).health()
    assert (health.system, health.state) == ("exing", "open")


def test_only_the_known_systems_have_settings() -> None:
    with pytest.raises(KeyError):
        OutsideConfig.from_settings("elsewhere")


def test_neither_token_nor_body_shows_in_a_repr() -> None:
    assert "only-for-tests" not in repr(GENTLE)
    assert OutsideSystem(GENTLE, Guard(GENTLE)).config is GENTLE
