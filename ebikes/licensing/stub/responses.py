"""Reading requests and writing answers, the same way for every endpoint."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ebikes.licensing.stub.invalid import Invalid


def answer(payload: object, status: int = 200) -> web.Response:
    """A JSON response."""
    data = json.dumps(payload, ensure_ascii=False).encode()
    return web.Response(body=data, status=status, content_type="application/json")


def not_found(key: str, value: str) -> web.Response:
    """A certain absence, which says of what."""
    return answer({"code": "NOT_FOUND", key: value}, 404)


async def read_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object. Raises Invalid."""
    try:
        body = await request.json()
    except (ValueError, RecursionError) as error:
        raise Invalid("body") from error
    if not isinstance(body, dict):
        raise Invalid("body")
    return body


def text_field(body: dict[str, Any], name: str) -> str:
    """A text that is not empty. Raises Invalid."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Invalid(name)
    return value


@web.middleware
async def answer_invalid(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 400 to requests that cannot be read."""
    try:
        return await handler(request)
    except Invalid as error:
        return answer({"code": "INVALID", "field": str(error)}, 400)


def refuse_strangers(token: str | Mapping[str, str]) -> Middleware:
    """Answer 401 to requests without the system's own token, /health apart. /control takes each of them."""
    tokens = {"": token} if isinstance(token, str) else token
    expected = {system: f"Bearer {each}".encode() for system, each in tokens.items()}

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode(errors="replace")
        system = request.path.split("/")[1]
        right = [expected[system]] if system in expected else list(expected.values())
        known = any(hmac.compare_digest(given, each) for each in right)
        if any(tokens.values()) and request.path != "/health" and not known:
            return answer({"code": "UNAUTHORISED"}, 401)
        return await handler(request)

    return middleware
