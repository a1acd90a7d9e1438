"""The cells that a province's register knows: by setting, with the public half of each one's key."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.signing.sm2 import public_pem


@dataclass(frozen=True, slots=True)
class KnownCell:
    """A city: its code, its name as people call it, the key by which its requests are believed."""

    code: str
    title: str
    public_key: str


def known_cells() -> Mapping[str, KnownCell]:
    """By code; empty where this installation is no register. Raises ImproperlyConfigured."""
    cells: dict[str, KnownCell] = {}
    for part in filter(None, (each.strip() for each in settings.PROVINCE_CELLS.split(","))):
        try:
            code, title, key = (each.strip() for each in part.split(":"))
            public_pem(key)
            if not code or not title or code in cells:
                raise ValueError
        except ValueError:
            raise ImproperlyConfigured("PROVINCE_CELLS must read 'code:name:public key,…'") from None
        cells[code] = KnownCell(code, title, key)
    return cells
