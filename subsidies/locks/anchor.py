"""What the register remembers outside its database: how far it had come, in a small file on other storage.

It is written before an answer leaves. A database restored from a backup lies behind it, and grants nothing before it has
heard from every cell what that one holds.
"""

import json
from pathlib import Path

from django.conf import settings

from core.durable import held_alone, write_whole


class UnreadableLockAnchor(Exception):
    """The file is there, and it is not what the register wrote."""


Reached = tuple[int, int]  # generation and position


def _path() -> Path | None:
    return Path(settings.LOCK_ANCHOR_FILE) if settings.LOCK_ANCHOR_FILE else None


def reached() -> Reached:
    """How far the register had come; (0, 0) where nothing is kept yet. Raises UnreadableLockAnchor."""
    path = _path()
    try:
        told = json.loads(path.read_text(encoding="utf-8")) if path else {"generation": 0, "position": 0}
        return int(told["generation"]), int(told["position"])
    except FileNotFoundError:
        return 0, 0
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableLockAnchor(str(error)) from error


def remember(now_at: Reached) -> None:
    """On the disk before it returns. Whoever comes late with less changes nothing."""
    path = _path()
    if path is None:
        return
    with held_alone(path):
        generation, position = reached()
        if now_at > (generation, position):
            told = {"generation": now_at[0], "position": max(position, now_at[1])}
            write_whole(path, json.dumps(told))
