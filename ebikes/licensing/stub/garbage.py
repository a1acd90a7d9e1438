"""Answers that are no answers: each variant is one that a careful client must not believe."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

NONSENSE_TIME = "2022-13-45T25:61:00+08:00"
ECHOES = ("plate", "out_request_no")  # by these an answer says what it is about


def spoil(payload: dict[str, Any], random: Random) -> bytes:
    """Make garbage out of a sound answer."""
    sound = json.dumps(payload, ensure_ascii=False)
    return random.choice(
        [
            b"",
            b"<html><body>502 Bad Gateway</body></html>",
            b"\xff\xfe\x00" + sound.encode("utf-16-le"),
            sound[: len(sound) // 2].encode(),
            b"[" * 100_000,
            b'"' + b"x" * 1_200_000 + b'"',
            json.dumps([payload]).encode(),
            b'{"ok": true}',
            json.dumps(_about_something_else(payload)).encode(),
            json.dumps(_numbers_for_texts(payload)).encode(),
            json.dumps(_impossible_times(payload)).encode(),
        ]
    )


def _about_something_else(payload: dict[str, Any]) -> dict[str, Any]:
    """A well-formed answer, but to another question."""

    def change(key: str, value: object) -> object:
        return f"{value}9" if key in ECHOES else value

    changed: dict[str, Any] = _changed(payload, change)
    return changed


def _numbers_for_texts(payload: dict[str, Any]) -> dict[str, Any]:
    def change(_key: str, value: object) -> object:
        return 7 if isinstance(value, str) else value

    changed: dict[str, Any] = _changed(payload, change)
    return changed


def _impossible_times(payload: dict[str, Any]) -> dict[str, Any]:
    """Times that are none; an answer without times gets no texts instead."""

    def change(key: str, value: object) -> object:
        return NONSENSE_TIME if value and (key.endswith("_at") or key == "gmt_pay") else value

    changed: dict[str, Any] = _changed(payload, change)
    return changed if changed != payload else _numbers_for_texts(payload)


def _changed(payload: Any, change: Callable[[str, object], object], key: str = "") -> Any:
    if isinstance(payload, dict):
        return {name: _changed(value, change, name) for name, value in payload.items()}
    if isinstance(payload, list):
        return [_changed(item, change, key) for item in payload]
    return change(key, payload)
