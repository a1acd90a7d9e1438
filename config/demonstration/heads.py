"""The signed heads of the demonstration: those of the database before are no heads of the new one."""

import os

from subsidies.heads.selectors.published import published


def own_heads() -> bool:
    """Whether the folder is this machine's own: beside a configured database it is somebody else's."""
    return "DATABASE_URL" not in os.environ


def forget_heads() -> None:
    """Take away what was signed for the database that was just made anew."""
    for path in published() if own_heads() else ():
        path.unlink()
