"""Where the secrets come from: the environment in production, a private file under var/ on a local machine."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.signing.sm2 import PURPOSES, new_key

_GENERATORS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: f"1:sm4:{base64.b64encode(secrets.token_bytes(16)).decode()}",
    "INDEX_KEYS": lambda: f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    "DECISION_KEYS": lambda: f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    "NUMBER_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    **{
        f"{system}_TOKEN": lambda: secrets.token_urlsafe(24)
        for system in ("EXING", "YUNSHENLING", "ECNY", "SMS")
    },
    "STUB_SIGNING_KEY": lambda: new_key("stub"),
    "SIGNING_KEYS": lambda: ",".join(map(new_key, PURPOSES)),
}


def local_secrets(folder: Path) -> dict[str, str]:
    """Return this machine's own secrets, made at the first call and kept in `folder`/secrets.json (mode 0600).

    A secret that a newer version wants is added. Two processes that start together agree: one writes at a time, and the file
    appears whole, under its final name, or not at all.
    """
    path = folder / "secrets.json"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if missing := _GENERATORS.keys() - kept:
            kept |= {name: _GENERATORS[name]() for name in missing}
            draft = folder / "secrets.draft"
            draft.unlink(missing_ok=True)  # of a process that was killed
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                json.dump(kept, handle)
            draft.replace(path)
    return kept


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone with a folder, without leaving anything in it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
