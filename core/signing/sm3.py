"""SM3 (GB/T 32905): the digest of what is signed, and of the chains that are not older than it."""

from cryptography.hazmat.primitives.hashes import SM3, Hash


def sm3(*parts: bytes) -> bytes:
    """The digest (32 bytes) over the parts, one after the other."""
    hashed = Hash(SM3())
    for part in parts:
        hashed.update(part)
    return hashed.finalize()
