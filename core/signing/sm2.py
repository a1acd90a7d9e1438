"""SM2 with SM3: a signature is DER (`SEQUENCE(r, s)`) in hexadecimal, a public key the point `04 x y` in hexadecimal.

The signer's id is the standard's default, so that `openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt
distid:1234567812345678` and every other implementation agrees. What touches the secret is GmSSL's C, which is written to
take the same time whatever the key; it is not certified: where 密评 asks for a certified module, the key moves there
behind `KEY_PROVIDER`.
"""

import base64
import binascii
import textwrap
from dataclasses import dataclass, field
from functools import cache

import gmssl_pyx
from django.core.exceptions import ImproperlyConfigured

from core.keys.provider import key_text

PURPOSES = ("heads", "operator")  # of the chains; requests to the operator of the digital yuan
# Besides, where there is a province: what its cells and its register say to each other.
OF_A_PROVINCE = "province"
_POINT, _SCALAR = 65, 32  # bytes
_PROBE = b"is this the private half of that public key?"
# What stands before the point in a SubjectPublicKeyInfo: id-ecPublicKey on the curve sm2p256v1 (1.2.156.10197.1.301).
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


@dataclass(frozen=True)
class SigningKey:
    """Both halves of a key; the private one is never shown."""

    private: bytes = field(repr=False)
    public: bytes  # 04 x y


def sign(message: bytes, *, purpose: str) -> str:
    """The signature over `message` by this installation's key for `purpose`. Raises ImproperlyConfigured without one."""
    return sign_with(signing_key(purpose), message)


def sign_with(key: SigningKey, message: bytes) -> str:
    """The signature over `message` by this key."""
    signed: bytes = gmssl_pyx.sm2_sign(key.private, key.public[1:], message)
    return signed.hex()


def verify(message: bytes, signature: str, public_key: str) -> bool:
    """Whether the holder of `public_key` signed just this. Whatever cannot be read was not signed: False."""
    try:
        point, signed = _point(public_key), bytes.fromhex(signature)
        return bool(gmssl_pyx.sm2_verify(point[1:], message, signed))
    except (ValueError, gmssl_pyx.GmsslInnerError):
        return False


def public_key(purpose: str) -> str:
    """The half that anybody may have, in hexadecimal (130 digits). Raises ImproperlyConfigured."""
    return signing_key(purpose).public.hex()


def public_pem(public: str) -> str:
    """The same as a PEM file for other programs. Raises ValueError for what is no point of the curve."""
    body = base64.b64encode(_SPKI + _point(public)).decode()
    return "\n".join(("-----BEGIN PUBLIC KEY-----", *textwrap.wrap(body, 64), "-----END PUBLIC KEY-----", ""))


def new_key(purpose: str) -> str:
    """A fresh key as it stands in SIGNING_KEYS: `purpose:private:public`."""
    public, private = gmssl_pyx.sm2_key_generate()
    return f"{purpose}:{private.hex()}:04{public.hex()}"


def signing_keys() -> dict[str, SigningKey]:
    """The keys by purpose. Raises ImproperlyConfigured where SIGNING_KEYS cannot be read or halves do not match."""
    return _parsed(key_text("SIGNING_KEYS"))


def keys_in(text: str) -> dict[str, SigningKey]:
    """The keys in a text that looks like SIGNING_KEYS, by purpose. Raises ImproperlyConfigured."""
    return _parsed(text)


def signing_key(purpose: str) -> SigningKey:
    """This installation's key for `purpose`. Raises ImproperlyConfigured without one."""
    try:
        return signing_keys()[purpose]
    except KeyError:
        raise ImproperlyConfigured(f"SIGNING_KEYS has no key for {purpose}") from None


@cache
def _parsed(text: str) -> dict[str, SigningKey]:
    keys: dict[str, SigningKey] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        try:
            purpose, private, public = part.split(":")
            key = SigningKey(bytes.fromhex(private), _point(public))
            if purpose in keys or len(key.private) != _SCALAR or not _belong_together(key):
                raise ValueError
        except ValueError:
            raise ImproperlyConfigured(
                "SIGNING_KEYS must read 'purpose:private:public,…' in hexadecimal, as `python -m core.signing` writes it"
            ) from None
        keys[purpose] = key
    return keys


def _belong_together(key: SigningKey) -> bool:
    try:
        signed = gmssl_pyx.sm2_sign(key.private, key.public[1:], _PROBE)
        return bool(gmssl_pyx.sm2_verify(key.public[1:], _PROBE, signed))
    except gmssl_pyx.GmsslInnerError:
        return False


def _point(public: str) -> bytes:
    """The bytes of a public key. Raises ValueError where they are no point of the curve."""
    try:
        point: bytes = gmssl_pyx.normalize_sm2_public_key(bytes.fromhex(public))
    except (gmssl_pyx.InvalidValueError, binascii.Error):
        raise ValueError("not a point of the SM2 curve") from None
    if len(bytes.fromhex(public)) != _POINT:
        raise ValueError("a public key is 04 x y")
    return b"\x04" + point
