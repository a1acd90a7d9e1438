"""Which scheme a claim is made under."""

from subsidies.models import Scheme


class NoScheme(LookupError):
    """There is no scheme yet that a claim could be made under."""


def current_scheme() -> Scheme:
    """The scheme that new trade-ins claim under: the newest. Raises NoScheme."""
    scheme = Scheme.objects.newest()
    if scheme is None:
        raise NoScheme
    return scheme
