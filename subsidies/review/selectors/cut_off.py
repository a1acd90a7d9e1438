"""The signal of a merchant's last days before a stage's cut-off: counted by PostgreSQL, judged by `engine.clusters`."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from subsidies.engine.clusters import Cluster, Watch, find_clusters
from subsidies.models import ClaimTally, Stage
from subsidies.states import ENDED

# The merchants of new claims that were finished in the last days of a stage, and how many of it they finished on each day.
_PER_DAY = """
    , touched AS (
        SELECT DISTINCT t.merchant_id, c.stage_id
        FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_tradein t ON t.id = c.trade_in_id
        JOIN subsidies_stage st ON st.id = c.stage_id
        WHERE (c.completed_at AT TIME ZONE 'Asia/Shanghai')::date > st.ends_on - %(cut_off_days)s
    )
    SELECT c.stage_id, t.merchant_id, (c.completed_at AT TIME ZONE 'Asia/Shanghai')::date, count(*)
    FROM touched JOIN ebikes_tradein t USING (merchant_id)
    JOIN subsidies_claim c ON c.trade_in_id = t.id AND c.live AND c.stage_id = touched.stage_id
    GROUP BY 1, 2, 3
"""

_CLAIMS = """
    SELECT c.id, t.merchant_id
    FROM subsidies_claim c JOIN ebikes_tradein t ON t.id = c.trade_in_id
    WHERE c.scheme_id = %(scheme)s AND c.live AND c.stage_id = %(stage)s AND c.state = ANY (%(watched)s)
      AND t.merchant_id = ANY (%(merchants)s)
      AND (c.completed_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(first)s AND %(last)s
"""


def find_cut_off(
    cursor: Any, fresh: str, asked: Mapping[str, Any], *, today: date
) -> dict[int, dict[str, Any]]:
    """The claims that a merchant finished in the last days of a stage, far more of them than its pace lets expect."""
    watch = Watch(asked["cut_off_days"], asked["cut_off_fewest"], asked["cut_off_factor"])
    cursor.execute(fresh + _PER_DAY, asked)
    days: dict[int, dict[int, Counter[date]]] = defaultdict(lambda: defaultdict(Counter))
    for stage, merchant, day, count in cursor.fetchall():
        days[stage][merchant][day] = count
    found: dict[int, dict[str, Any]] = {}
    for stage in Stage.objects.filter(pk__in=days):
        standing = ClaimTally.objects.filter(scheme=stage.scheme_id).exclude(state__in=ENDED)
        district = standing.completed_between(stage.starts_on, stage.ends_on).by_day()
        clusters = find_clusters(
            days[stage.pk],
            district={day: states.total() for day, states in district.items()},
            starts_on=stage.starts_on,
            ends_on=stage.ends_on,
            today=today,
            watch=watch,
        )
        if clusters:
            found |= _held(cursor, stage, clusters, asked["watched"])
    return found


def _held(
    cursor: Any, stage: Stage, clusters: Mapping[int, Cluster], watched: list[str]
) -> dict[int, dict[str, Any]]:
    some = next(iter(clusters.values()))  # the days are the stage's, and so the same for all
    where = {"scheme": stage.scheme_id, "stage": stage.pk, "first": some.first, "last": some.last}
    cursor.execute(_CLAIMS, {**where, "watched": watched, "merchants": list(clusters)})
    return {claim: _evidence(stage, clusters[merchant]) for claim, merchant in cursor.fetchall()}


def _evidence(stage: Stage, cluster: Cluster) -> dict[str, Any]:
    return {
        "stage": stage.no,
        "first": cluster.first.isoformat(),
        "last": cluster.last.isoformat(),
        "claims": cluster.count,
        "usual": round(cluster.usual, 1),
        "expected": round(cluster.expected, 1),
    }
