"""The statements that lie in the folder, in the order in which they were signed."""

import re
from pathlib import Path

from django.conf import settings

_NAME = re.compile(r"\d{8}T\d{6}\.txt")


def folder() -> Path | None:
    """Where they lie; None where none are kept (HEADS_FOLDER is not set)."""
    return Path(settings.HEADS_FOLDER) if settings.HEADS_FOLDER else None


def published() -> list[Path]:
    """Every file of the folder that is named like one, the oldest first."""
    here = folder()
    if here is None or not here.is_dir():
        return []
    return sorted(path for path in here.iterdir() if _NAME.fullmatch(path.name))


def named(name: str) -> Path | None:
    """The file of that name, where there is one."""
    return next((path for path in published() if path.name == name), None)
