"""Where the secrets come from: the environment in production, a private file under var/ on a local machine."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

_GENERATORS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: f"1:sm4:{base64.b64encode(secrets.token_bytes(16)).decode()}",
    "INDEX_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "LICENSING_TOKEN": lambda: secrets.token_urlsafe(24),
}


def local_secrets(folder: Path) -> dict[str, str]:
    """Return this machine's own secrets, made at the first call and kept in `folder`/secrets.json (mode 0600).

    Two processes that start together agree: the file appears whole, under its final name, or not at all.
    """
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"secrets.{os.getpid()}.{secrets.token_hex(4)}"
        made = {name: generate() for name, generate in _GENERATORS.items()}
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            json.dump(made, handle)
        try:
            os.link(draft, path)  # fails where another process was first: its secrets count
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
