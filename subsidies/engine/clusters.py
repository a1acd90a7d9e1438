"""Whether too much was finished just before a stage's amount drops: a merchant's last days beside its usual ones.

Plain counting, so that the sentence an officer reads is the whole of it: so many in the last days, so many were to be
expected from the merchant's own pace and from the rush that the whole district has before a cut-off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Watch:
    """What counts as a cluster: in the last `days`, at least `fewest`, and `factor` times what was to be expected."""

    days: int
    fewest: int
    factor: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """One merchant's last days: how many were finished, how many a usual day has, how many were expected."""

    first: date
    last: date
    count: int
    usual: float
    expected: float


Daily = Mapping[date, int]


def find_clusters(
    merchants: Mapping[int, Daily],
    *,
    district: Daily,
    starts_on: date,
    ends_on: date,
    today: date,
    watch: Watch,
) -> dict[int, Cluster]:
    """The merchants that finished too much in the last days of one stage, as far as those days have come."""
    first = ends_on - timedelta(days=watch.days - 1)
    last = min(ends_on, today)
    before, within = (first - starts_on).days, (last - first).days + 1
    if before < 1 or within < 1:
        return {}

    def counted(daily: Daily) -> tuple[int, int]:
        usual = sum(count for day, count in daily.items() if starts_on <= day < first)
        return usual, sum(count for day, count in daily.items() if first <= day <= last)

    rush = _rush(*counted(district), before, within)
    found = {}
    for merchant, daily in merchants.items():
        usual, count = counted(daily)
        expected = usual / before * within * rush
        if count >= watch.fewest and count >= watch.factor * expected:
            found[merchant] = Cluster(first, last, count, usual / before, expected)
    return found


def _rush(usual: int, last: int, before: int, within: int) -> float:
    """How much busier one of the last days is than a usual one, in the whole district; never less than 1."""
    return max(1.0, (last / within) / (usual / before)) if usual else 1.0
