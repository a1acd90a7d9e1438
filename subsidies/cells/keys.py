"""Under which indexes a claim's bike, vehicle and person stand in the province's register.

The register is told keyed digests alone. The key is the province's: every cell has it, the register has not. A plate is
taken to be one bike's in the whole province, as the national platform does.
"""

import base64
import binascii
from functools import cache

from cryptography.hazmat.primitives import hashes, hmac
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver

from core.keys.provider import key_text
from ebikes.records.persons import one_person, without_issue
from subsidies.locks.protocol import INDEX_BYTES, Key, Kind
from subsidies.models import Claim

KEY_BYTES = 32


def keys_of(claim: Claim) -> tuple[Key, ...]:
    """Bike and vehicle, and the person where the claim's policy caps those. Raises UnreadableSecret, ImproperlyConfigured.

    Wants the claim's `owner` and `policy`.
    """
    keys = (_key(Kind.BIKE, claim.filing_plate_no), _key(Kind.VEHICLE, claim.vehicle_code))
    cap = claim.policy.per_person_cap
    if cap is None:
        return keys
    owner = claim.owner
    number = without_issue(owner.id_no)
    whose = one_person(owner.id_kind, number, country=owner.id_country, name=owner.name)
    return (*keys, _key(Kind.PERSON, whose, cap))


def _key(kind: Kind, value: str, most: int = 1) -> Key:
    digest = _mac().copy()
    digest.update(f"{kind.value}\x1f{value}".encode())
    return Key(kind, digest.finalize()[:INDEX_BYTES].hex(), most)


@cache
def _mac() -> hmac.HMAC:
    try:
        key = base64.b64decode(key_text("REGISTER_KEY"), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"REGISTER_KEY must be {KEY_BYTES} bytes in base64")
    return hmac.HMAC(key, hashes.SM3())


@receiver(setting_changed)
def _read_anew(*, setting: str, **_: object) -> None:
    """Settings change in tests alone."""
    if setting == "REGISTER_KEY":
        _mac.cache_clear()
