"""Signatures that anybody can check: SM2 with SM3 (GB/T 32918, GB/T 35276), a key for each purpose, none in the database."""

from core.signing.sm2 import public_key, public_pem, sign, verify

__all__ = ["public_key", "public_pem", "sign", "verify"]
