"""Which days belong to which scheme, and on what terms, does not change while somebody goes by it."""

from core.locks import hold

_CALENDAR = 330108  # an advisory lock; `schemes_stand_apart` (sql/schemes.sql) takes it alone


def lock_calendar(*, to_change: bool = False) -> None:
    """Until this transaction ends, no change of a scheme is approved, nor its state; `to_change`: but by this transaction.

    Who shares it waits for nobody but such a change. Comes before the lock of any scheme.
    """
    hold(_CALENDAR, shared=not to_change)
