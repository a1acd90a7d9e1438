"""Reading a response defensively: its size, its status, its JSON; and naming what went wrong instead."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from django.utils import timezone

from ebikes.licensing.answers import Problem
from ebikes.licensing.errors import TransportError, garbage

LONGEST_BODY = 1_000_000  # bytes
PASSING_4XX = {404, 408, 425, 429}


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """Read the body, at most LONGEST_BODY bytes of it. Raises TransportError (garbage) for a longer one."""
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > LONGEST_BODY:
            raise TransportError(permanent=False, problem=Problem.GARBAGE, status=response.status)
    return bytes(data)


def tells_something(status: int) -> bool:
    """Whether more than "unknown" may follow from it: what any gateway on the way may say is no answer anyhow."""
    return status < 500 and status not in (401, 403, 408, 425, 429)


def judge_status(
    response: aiohttp.ClientResponse, raw: str, *, answers: frozenset[int], longest_wait: float
) -> None:
    """Raise TransportError unless the status is one of `answers`. `longest_wait` bounds a Retry-After."""
    status = response.status
    if status in answers:
        return
    wait = min(retry_after(response.headers.get("Retry-After"), now=timezone.now()), longest_wait)
    raise TransportError(
        permanent=300 <= status < 500 and status not in PASSING_4XX,
        problem=_problem_of(status),
        status=status,
        raw=raw,
        retry_after=wait if wait > 0 and status in (429, 503) else None,
    )


def _problem_of(status: int) -> Problem:
    if status >= 500:
        return Problem.SERVER_ERROR
    known = {
        401: Problem.UNAUTHORISED,
        403: Problem.UNAUTHORISED,
        408: Problem.TIMEOUT,
        429: Problem.THROTTLED,
    }
    # A 2xx or a 404 that the caller did not count among the answers came from something else than the system.
    return known.get(status, Problem.REJECTED if status >= 300 and status != 404 else Problem.GARBAGE)


def retry_after(header: str | None, *, now: datetime) -> float:
    """Seconds that a Retry-After header asks for, in either of its forms; 0 where there is none."""
    if header is None:
        return 0.0
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def decode_json(raw: str) -> Any:
    """Decode a body. Raises TransportError (garbage) for anything but JSON."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise garbage() from error


def name_failure(error: Exception) -> TransportError:
    """Turn what the HTTP client raised into the error vocabulary."""
    match error:
        case TimeoutError():
            problem = Problem.TIMEOUT
        case aiohttp.ClientConnectorError():
            problem = Problem.REFUSED
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError() | OSError():
            problem = Problem.DROPPED
        case _:
            problem = Problem.GARBAGE
    return TransportError(permanent=False, problem=problem)
