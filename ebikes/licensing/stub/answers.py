"""An answer of the operator as it arrives, for whoever lays one down without a network."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ebikes.licensing.outside import stub_signatures
from ebikes.licensing.signatures import Signed, digest, proof_of

PATH = "/ecny/transfers/query"


def signed_answer(body: Mapping[str, Any], *, status: int = 200) -> tuple[str, dict[str, str]]:
    """The text, and what proves it where the settings say that the operator signs. Raises ImproperlyConfigured."""
    raw = json.dumps(body, ensure_ascii=False)
    signatures = stub_signatures()
    if signatures is None:
        return raw, {}
    signed = Signed("POST", PATH, uuid4().hex, digest(b"{}"))
    return raw, proof_of(signed, signatures.answer(signed, status, raw.encode()))
