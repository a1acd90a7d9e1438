"""What a password's hash costs, and how many are made at once (ADR 31).

Argon2id with 19 MiB and two passes, what ASVS 5 and OWASP ask for at least: 20 ms of a processor. A machine makes at
most `settings.PASSWORD_HASHINGS` at a time, over all its processes: a flood of log-ins leaves the others to their work.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from core.privacy.sealing import fingerprint

PATIENCE = 3.0  # seconds that one waits for a place
_LOOK_AGAIN = 0.01
_here = BoundedSemaphore(2)  # threads of a process that hash or wait to: the others answer pages


def keyed(user_id: int | None, password: str) -> str:
    """What is hashed in a password's place: of this account, by a key that the database does not have.

    Whoever writes a hash of his own into the table, copies another account's, or changes names over, opens nothing by it:
    all that somebody did and may do hangs on the account's id.
    """
    return fingerprint(f"{user_id}\x1f{password}", context="core.user.password").hex()


class Busy(Exception):
    """So many log in just now that this one was not looked at; in a few seconds it will be."""


@contextmanager
def place() -> Iterator[None]:
    """One of the machine's places to hash. Raises Busy. Who dies in one leaves it: it is a lock on an open file."""
    if not _here.acquire(timeout=PATIENCE):
        raise Busy
    try:
        handle = _taken()
        try:
            yield
        finally:
            os.close(handle)
    finally:
        _here.release()


def _taken() -> int:
    until, folder = time.monotonic() + PATIENCE, _folder()
    while True:
        for number in range(settings.PASSWORD_HASHINGS):
            handle = os.open(
                folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
            )
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                return handle
        if time.monotonic() > until:
            raise Busy
        time.sleep(_LOOK_AGAIN)


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"ebike-hashing-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class Argon2id(Argon2PasswordHasher):
    """What new passwords are hashed by, and older ones at the next log-in."""

    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1

    def encode(self, password: str, salt: str) -> str:
        with place():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with place():
            return super().verify(password, encoded)


class Pbkdf2(PBKDF2PasswordHasher):
    """What Django hashes by of itself: read, and replaced at the next log-in."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with place():
            return super().encode(password, salt, iterations)
