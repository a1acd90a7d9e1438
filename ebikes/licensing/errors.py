"""The error vocabulary between the transport and the adapters. It never leaves them."""

from ebikes.licensing.answers import Problem

RAW_KEPT = 200_000  # characters of an answer that are kept as evidence


class TransportError(Exception):
    """A request brought no usable answer. `permanent`: asking again cannot help.

    `status` and `raw` are what arrived, if anything did; `retry_after` is the wait asked for, in seconds.
    """

    def __init__(
        self,
        *,
        permanent: bool,
        problem: Problem,
        status: int | None = None,
        raw: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(problem)
        self.permanent = permanent
        self.problem = problem
        self.status = status
        self.raw = raw[:RAW_KEPT]
        self.retry_after = retry_after


def unknown_word() -> TransportError:
    """What a reader raises on a word outside a closed list: the next answer will say the same."""
    return TransportError(permanent=True, problem=Problem.UNKNOWN_WORD)


def contradiction() -> TransportError:
    """What a reader raises on an answer that says two things at once."""
    return TransportError(permanent=True, problem=Problem.CONTRADICTION)


def unverified(status: int, raw: str) -> TransportError:
    """An answer that is not signed as it should be; what it says is kept and not believed."""
    return TransportError(permanent=False, problem=Problem.UNVERIFIED, status=status, raw=raw)


def garbage() -> TransportError:
    """What a reader of answers raises on one that cannot be believed; the next may be sound."""
    return TransportError(permanent=False, problem=Problem.GARBAGE)
