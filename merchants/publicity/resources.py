"""The columns of exported lists of publicity."""

from typing import ClassVar

from core.exports.resources import HarmlessResource
from merchants.models import Publicity


class PublicityResource(HarmlessResource):
    """Publicity, and what its proof is called."""

    class Meta:
        model = Publicity
        fields: ClassVar = [
            *("kind", "title", "count", "channel", "began_on", "ended_on", "done_by", "address"),
            *("proof_name", "proof_sha256", "note"),
        ]
