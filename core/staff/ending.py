"""Verbs after which something is over, or is not to be: their buttons do not invite."""

ENDING = frozenset(
    {
        *("discard", "take_apart", "refuse", "cancel", "start_recovery", "decline", "reject", "withdraw"),
        *("deactivate", "write_off", "drop", "close", "archive", "suspend", "forget"),
    }
)


def is_ending(address: str) -> bool:
    """Whether what an address leads to ends something: its last word is one of ENDING."""
    return address.partition("?")[0].rstrip("/").rpartition("/")[2] in ENDING
