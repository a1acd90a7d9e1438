"""Whether a request came from a cell of this province, and the signature under what it is answered."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from core.signing.sm2 import OF_A_PROVINCE, signing_key
from ebikes.licensing.signatures import NotBelieved, Signatures, Signed
from subsidies.locks.known import KnownCell, known_cells


class NotACell(Exception):
    """Nobody whom this register knows signed the request, or not just now. Its args: why."""


@dataclass(frozen=True, slots=True)
class Believed:
    """A request that a cell signed. A repetition within five minutes is believed as well: asked twice is asked once."""

    cell: KnownCell
    body: dict[str, Any]
    signatures: Signatures
    signed: Signed

    def signed_answer(self, status: int, body: bytes) -> dict[str, str]:
        """The headers by which the cell believes the answer."""
        return self.signatures.answer(self.signed, status, body)


def believe(request: HttpRequest) -> Believed:
    """Raises NotACell, and ImproperlyConfigured where this installation is no register."""
    cells = known_cells()
    if not cells:
        raise ImproperlyConfigured("PROVINCE_CELLS is empty")
    try:
        told = json.loads(request.body)
        cell = cells[told["cell"]]
    except (ValueError, TypeError, KeyError) as error:
        raise NotACell("an unknown cell") from error
    signatures = Signatures(signing_key(OF_A_PROVINCE), cell.public_key)
    try:
        signed = signatures.believe_request("POST", request.path, request.headers, request.body)
    except NotBelieved as why:
        raise NotACell(str(why)) from why
    return Believed(cell, told, signatures, signed)
