"""Which scheme a claim is made under: the one that its completion falls to, never the one that was opened last."""

from datetime import date

from subsidies.models import Scheme


class NoScheme(LookupError):
    """There is no open scheme yet that a claim could be made under."""


def scheme_on(day: date) -> Scheme:
    """The scheme that a flow completed on this local day (Asia/Shanghai) claims under. Raises NoScheme."""
    scheme = Scheme.objects.on(day)
    if scheme is None:
        raise NoScheme
    return scheme
