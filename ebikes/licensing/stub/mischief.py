"""Carrying out a fault on a request.

Queries are harmless, so faults on them strike anywhere. An order to the operator fails as real ones do: half
of the time before it was carried out, half of the time after, and the caller cannot tell which.
"""

import asyncio
import json

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ebikes.licensing.stub.faults import FORGERIES, Faults, Mode
from ebikes.licensing.stub.garbage import spoil
from ebikes.licensing.stub.responses import answer
from ebikes.licensing.stub.signing import FORGERY

SPARED = ("/health", "/control", "/ecny/book")


def fail_on_purpose(faults: Faults) -> Middleware:
    """Let each request meet the fault that is drawn for it."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in SPARED:
            return await handler(request)
        await request.read()  # so that the request can be carried out even when the caller has hung up
        mode = faults.draw(request.path)
        if faults.behaviour.latency_ms:
            await asyncio.sleep(faults.behaviour.latency_ms / 1000)
        return await handler(request) if mode is None else await _misbehave(mode, request, handler, faults)

    return middleware


async def _misbehave(
    mode: Mode, request: web.Request, handler: Handler, faults: Faults
) -> web.StreamResponse:
    if mode == "refuse":
        return _refuse(faults)
    if mode in FORGERIES:
        request[FORGERY] = mode  # carried out by whoever signs the answer
        return await handler(request)
    late = faults.random.random() < 0.5
    if mode == "slow":
        return await _dawdle(request, handler, seconds=faults.behaviour.slow_seconds, late=late)
    if mode == "garbage":
        return await _spoil(request, handler, faults)
    if late:
        await handler(request)
    if mode == "error":
        return answer({"code": "INTERNAL"}, faults.random.choice((500, 502, 504)))
    return await _break_off(request, within_answer=mode == "drop" and faults.random.random() < 0.5)


def _refuse(faults: Faults) -> web.Response:
    response = answer({"code": "BUSY"}, faults.random.choice((429, 503)))
    response.headers["Retry-After"] = "1"
    return response


async def _dawdle(
    request: web.Request, handler: Handler, *, seconds: float, late: bool
) -> web.StreamResponse:
    """Carry the request out at once and answer late, or carry it out late too."""
    if not late:
        await asyncio.sleep(seconds)
        return await handler(request)
    response = await handler(request)
    await asyncio.sleep(seconds)
    return response


async def _spoil(request: web.Request, handler: Handler, faults: Faults) -> web.StreamResponse:
    sound = await handler(request)
    if not isinstance(sound, web.Response) or not isinstance(sound.body, bytes):
        return sound
    return web.Response(body=spoil(json.loads(sound.body), faults.random), content_type="application/json")


async def _break_off(request: web.Request, *, within_answer: bool) -> web.StreamResponse:
    """Break the connection without a word, or after the first few."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    if within_answer:
        await response.prepare(request)
        await response.write(b'{"plate": "')
    if request.transport is not None:
        request.transport.abort()
    return response
