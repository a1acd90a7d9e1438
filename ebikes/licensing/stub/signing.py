"""The stub's side of signed requests: it refuses the unsigned, the stale and replays, and signs its answers."""

from collections.abc import Callable
from time import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ebikes.licensing.signatures import FRESH, SIGNATURE, NotBelieved, Signatures, Signed
from ebikes.licensing.stub.responses import answer

FORGERY = web.RequestKey("forgery", str)
UNDER, SPARED = "/ecny/", ("/ecny/book",)


def sign_both_ways(signatures: Signatures) -> Middleware:
    """Believe and sign what concerns money. A forgery that was drawn for a request befalls its answer."""
    seen: dict[str, float] = {}
    sent: list[dict[str, str]] = []

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(UNDER) or request.path in SPARED:
            return await handler(request)
        body = await request.read()
        try:
            signed = signatures.believe_request(request.method, request.path, request.headers, body)
            _once(seen, signed.nonce)
        except NotBelieved as problem:
            return answer({"code": "UNAUTHORISED", "why": str(problem)}, 401)
        response = await handler(request)
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            headers = signatures.answer(signed, response.status, response.body)
            _FORGE.get(request.get(FORGERY, ""), _as_it_is)(signatures, signed, response, headers, sent)
            sent.append(headers)
            response.headers.update(headers)
        return response

    return middleware


def _once(seen: dict[str, float], nonce: str) -> None:
    """Raises NotBelieved for a nonce that came before, within the time for which its signature is good."""
    now = time()
    for old in [each for each, at in seen.items() if now - at > 2 * FRESH]:
        del seen[old]
    if nonce in seen:
        raise NotBelieved("a replay")
    seen[nonce] = now


_Forge = Callable[[Signatures, Signed, web.Response, dict[str, str], list[dict[str, str]]], None]


def _as_it_is(*_: object) -> None:
    pass


def _unsigned(
    _s: Signatures, _r: Signed, _w: web.Response, headers: dict[str, str], _b: list[dict[str, str]]
) -> None:
    headers.clear()


def _missigned(
    _s: Signatures, _r: Signed, _w: web.Response, headers: dict[str, str], _b: list[dict[str, str]]
) -> None:
    headers[SIGNATURE] = headers[SIGNATURE][::-1]


def _stale(
    signatures: Signatures,
    signed: Signed,
    response: web.Response,
    headers: dict[str, str],
    _b: list[dict[str, str]],
) -> None:
    assert isinstance(response.body, bytes)  # noqa: S101 - for the types
    headers.update(signatures.answer(signed, response.status, response.body, now=time() - FRESH - 5))


def _tampered(
    _s: Signatures, _r: Signed, response: web.Response, _h: dict[str, str], _b: list[dict[str, str]]
) -> None:
    assert isinstance(response.body, bytes)  # noqa: S101 - for the types
    response.body = response.body.replace(b"FAILED", b"SUCCESS").replace(b"300.00", b"1.00") + b" "


def _replayed(
    _s: Signatures, _r: Signed, _w: web.Response, headers: dict[str, str], before: list[dict[str, str]]
) -> None:
    headers.update(before[-1] if before else {SIGNATURE: "00"})


_FORGE: dict[str, _Forge] = {
    "unsigned": _unsigned, "missigned": _missigned, "stale": _stale, "tampered": _tampered, "replayed": _replayed,
}  # fmt: skip
