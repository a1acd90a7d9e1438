"""Requests and answers that are signed both ways (SM2), for a system that moves money: the adapter's side and the stub's.

Signed is a text of lines. Of a request: REQUEST, method, path, time, nonce, SM3 of the body. Of an answer: ANSWER, status,
path, time, the request's nonce, SM3 of the request's body, SM3 of the answer's. So an answer is believed for the one request
that it answers, as it left, and for five minutes. The headers are X-Timestamp (seconds since 1970), X-Nonce, X-Signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time
from urllib.parse import urlsplit
from uuid import uuid4

from core.signing.sm2 import SigningKey, sign_with, verify
from core.signing.sm3 import sm3

FRESH = 300  # seconds for which a signature is good, either way of the clock
TIMESTAMP, NONCE, SIGNATURE = "X-Timestamp", "X-Nonce", "X-Signature"


class NotBelieved(Exception):
    """Unsigned, signed by somebody else, about something else, or too old; its args: which of these."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One request as it is signed: what its answer must refer to."""

    method: str
    path: str
    nonce: str
    body_digest: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """Our key, and the other side's public one."""

    mine: SigningKey = field(repr=False)
    theirs: str

    def request(self, method: str, url: str, body: bytes) -> tuple[Signed, dict[str, str]]:
        """A request to be sent, and its headers. Each attempt has a nonce of its own."""
        signed = Signed(method, urlsplit(url).path, uuid4().hex, digest(body))
        now = str(int(time()))
        return signed, _headers(self.mine, now, signed.nonce, request_text(signed, now))

    def believe_answer(self, signed: Signed, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Raises NotBelieved unless the other side gave just this answer to just this request, just now."""
        if headers.get(NONCE) != signed.nonce:
            raise NotBelieved("unsigned" if SIGNATURE not in headers else "about another request")
        _believe(headers, answer_text(signed, status, headers.get(TIMESTAMP, ""), digest(body)), self.theirs)

    def believe_request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Signed:
        """The other side of it: a request as it arrived. Raises NotBelieved. That no nonce comes twice, the caller sees."""
        signed = Signed(method, path, headers.get(NONCE, ""), digest(body))
        _believe(headers, request_text(signed, headers.get(TIMESTAMP, "")), self.theirs)
        return signed

    def answer(self, signed: Signed, status: int, body: bytes, *, now: float | None = None) -> dict[str, str]:
        """The headers of an answer to it."""
        at = str(int(time() if now is None else now))
        return _headers(self.mine, at, signed.nonce, answer_text(signed, status, at, digest(body)))


def proof_of(signed: Signed, headers: Mapping[str, str]) -> dict[str, str]:
    """What is kept beside an answer that was believed, so that `proves` finds it true for good."""
    told = {"path": signed.path, "nonce": signed.nonce, "request": signed.body_digest}
    return {**told, "at": headers[TIMESTAMP], "signature": headers[SIGNATURE]}


def proves(proof: Mapping[str, str], status: int, raw: str, key: str) -> bool:
    """Whether the holder of `key` gave an answer of just this text, as the proof beside it has it. Years later, too."""
    try:
        signed = Signed("POST", proof["path"], proof["nonce"], proof["request"])
        text = answer_text(signed, status, proof["at"], digest(raw.encode("utf-8", "replace")))
        return verify(text, proof["signature"], key)
    except (KeyError, TypeError):
        return False


def digest(body: bytes) -> str:
    """SM3 in hexadecimal."""
    return sm3(body).hex()


def request_text(signed: Signed, at: str) -> bytes:
    """What is signed of a request."""
    return "\n".join(("REQUEST", signed.method, signed.path, at, signed.nonce, signed.body_digest)).encode()


def answer_text(signed: Signed, status: int, at: str, body_digest: str) -> bytes:
    """What is signed of an answer."""
    lines = ("ANSWER", str(status), signed.path, at, signed.nonce, signed.body_digest, body_digest)
    return "\n".join(lines).encode()


def _headers(key: SigningKey, at: str, nonce: str, text: bytes) -> dict[str, str]:
    return {TIMESTAMP: at, NONCE: nonce, SIGNATURE: sign_with(key, text)}


def _believe(headers: Mapping[str, str], text: bytes, key: str) -> None:
    at = headers.get(TIMESTAMP, "")
    if not headers.get(SIGNATURE):
        raise NotBelieved("unsigned")
    if not verify(text, headers[SIGNATURE], key):
        raise NotBelieved("changed, or signed by somebody else")
    if not at.isascii() or not at.isdecimal() or abs(time() - int(at)) > FRESH:
        raise NotBelieved("too old")
