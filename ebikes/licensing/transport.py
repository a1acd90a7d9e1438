"""How a request travels outside: the one transport for e行在线, 云申领 and the digital-yuan operator.

    async with OutsideSystem(config, guard_of(config)) as system:
        reply = await system.post_json("/ecny/transfers", order, idempotent=True)

A reply with a `problem` is an unknown outcome: the request may or may not have been carried out. Requests are
POST with a JSON body, so that no identity number stands in a URL; redirects are not followed, so that the
token goes nowhere else.
"""

import json
import logging
from asyncio import Lock, Semaphore
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import aiohttp
import stamina
from django.utils import timezone

from ebikes.licensing.answers import Problem
from ebikes.licensing.errors import RAW_KEPT, TransportError, unverified
from ebikes.licensing.outside import Guard, OutsideConfig
from ebikes.licensing.responses import decode_json, judge_status, name_failure, read_body, tells_something
from ebikes.licensing.signatures import NotBelieved, proof_of

logger = logging.getLogger(__name__)

# These say that the system itself is unwell; being throttled or declined says that it is alive.
COUNTED = {
    Problem.TIMEOUT,
    Problem.REFUSED,
    Problem.DROPPED,
    Problem.GARBAGE,
    Problem.UNVERIFIED,
    Problem.SERVER_ERROR,
    Problem.UNAUTHORISED,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request: an answer (`problem` is None) or an unknown outcome (`problem` says why).

    `body` is the decoded JSON, `value` what the caller's reader made of it, `raw` the text as received.
    `request_id` is the same for all attempts at one request. Times are aware; `status` is None where nothing
    arrived. `proof`: of an answer that was signed, what shows it (`signatures.proves`).
    """

    request_id: str
    asked_at: datetime
    answered_at: datetime
    status: int | None
    body: Any = field(repr=False)
    raw: str = field(repr=False)
    problem: Problem | None = None
    value: Any = field(default=None, repr=False)
    proof: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Call:
    url: str
    data: bytes = field(repr=False)
    request_id: str
    asked_at: datetime
    answers: frozenset[int]
    read: Callable[[Reply], object]


class OutsideSystem:
    """A connection to one system, for one event loop; use it as an async context manager."""

    def __init__(self, config: OutsideConfig, guard: Guard) -> None:
        self.config = config
        self.guard = guard

    async def __aenter__(self) -> Self:
        config = self.config
        self._slots = Semaphore(config.concurrency)
        self._turnstile = Lock()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=config.concurrency),
            timeout=aiohttp.ClientTimeout(total=config.timeout, sock_connect=config.connect_timeout),
            headers={"Accept-Encoding": "identity", "Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {config.token}"} if config.token else {}),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()

    async def post_json(
        self,
        path: str,
        body: object,
        *,
        idempotent: bool,
        answers: frozenset[int] = frozenset({200}),
        read: Callable[[Reply], object] = lambda reply: reply.body,
    ) -> Reply:
        """Send `body` and return what came of it; raises nothing for what happens outside.

        `idempotent=True` promises that the same body may arrive twice without harm (a query, or an order
        under its own number): failures that may pass are then tried again with that same body. Otherwise
        there is one attempt. `answers` are the HTTP statuses that count as answers. `read` makes
        `Reply.value` of an answer, and raises `errors.garbage()` on one that cannot be believed, which is
        then a failure like any other.
        """
        data = json.dumps(body, ensure_ascii=False).encode()
        call = _Call(
            self.config.base_url.rstrip("/") + path, data, str(uuid4()), timezone.now(), answers, read
        )
        try:
            return await self._persist(call, attempts=self.config.attempts if idempotent else 1)
        except TransportError as error:
            return Reply(
                call.request_id, call.asked_at, timezone.now(), error.status, None, error.raw, error.problem
            )
        except Exception:
            logger.exception("%s: request %s failed inside", self.config.name, call.request_id)
            return Reply(call.request_id, call.asked_at, timezone.now(), None, None, "", Problem.INTERNAL)

    async def _persist(self, call: _Call, *, attempts: int) -> Reply:
        """Try until there is an answer, the failure is permanent, or the attempts are used up."""
        before: TransportError | None = None
        wait = self.config.backoff
        async for attempt in stamina.retry_context(
            on=_may_pass,
            attempts=attempts,
            timeout=None,
            wait_initial=wait,
            wait_max=wait * 20,
            wait_jitter=wait * 5,
        ):
            with attempt:
                try:
                    return await self._attempt(call)
                except TransportError as error:
                    # Not being let out again says nothing of the attempt that was: that one's problem stands.
                    if error.problem is Problem.BREAKER_OPEN and before is not None:
                        raise TransportError(
                            permanent=True, problem=before.problem, status=before.status, raw=before.raw
                        ) from error
                    before = error
                    raise
        raise AssertionError("the last attempt either returned or raised")

    async def _attempt(self, call: _Call) -> Reply:
        async with self._slots:
            await self.guard.bucket.acquire()
            async with self._turnstile:
                # A probe keeps the turnstile: those behind it wait for its outcome.
                if not self.guard.breaker.closed:
                    return await self._watched(call)
            return await self._watched(call)

    async def _watched(self, call: _Call) -> Reply:
        """Send under the breaker's eye."""
        breaker = self.guard.breaker
        if not breaker.allow():
            raise TransportError(permanent=True, problem=Problem.BREAKER_OPEN)
        try:
            reply = await self._send(call)
        except TransportError as error:
            if error.problem in COUNTED:
                breaker.failed()
            else:
                breaker.succeeded()
            raise
        breaker.succeeded()
        return reply

    async def _send(self, call: _Call) -> Reply:
        headers, signatures, signed = {"X-Request-Id": call.request_id}, self.config.signatures, None
        if signatures is not None:
            signed, more = signatures.request("POST", call.url, call.data)
            headers |= more
        try:
            async with self._session.post(
                call.url, data=call.data, headers=headers, allow_redirects=False
            ) as response:
                data = await read_body(response)
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            raise name_failure(error) from error
        raw = data.decode("utf-8", errors="replace")
        proof: dict[str, str] = {}
        try:
            if signatures is not None and signed is not None and tells_something(response.status):
                signatures.believe_answer(signed, response.status, response.headers, data)
                proof = proof_of(signed, response.headers)
            judge_status(response, raw, answers=call.answers, longest_wait=self.config.timeout)
            body = decode_json(raw)
            reply = Reply(
                call.request_id,
                call.asked_at,
                timezone.now(),
                response.status,
                body,
                raw[:RAW_KEPT],
                proof=proof,
            )
            return replace(reply, value=call.read(reply))
        except NotBelieved as why:
            logger.error(
                "%s: the answer to request %s is not believed: %s", self.config.name, call.request_id, why
            )
            raise unverified(response.status, raw) from why
        except TransportError as error:
            error.status, error.raw = response.status, raw[:RAW_KEPT]
            raise


def _may_pass(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds where the system said so."""
    if not isinstance(error, TransportError) or error.permanent:
        return False
    return True if error.retry_after is None else error.retry_after
