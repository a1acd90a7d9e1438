"""Guessing costs time: passwords, and the end of an ID number, may be tried in vain so often and no more.

One row a key in PostgreSQL, because every web process must count alike. An attempt is counted before anybody looks
whether it is right, and taken back when it was: a hundred guesses sent at once are a hundred attempts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import connection, transaction

from core.privacy.sealing import fingerprint

_FORGOTTEN_AFTER = timedelta(days=1)  # longer than any rule's period
_FORGET_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """After `limit` attempts within `period`, none for another `period`."""

    name: str
    limit: int
    period: timedelta

    def key(self, *parts: str) -> bytes:
        """Under what is counted, 16 bytes: the parts cannot be read from it."""
        return fingerprint("\x1f".join(parts), context=f"throttle.{self.name}.{len(parts)}")


class TooMany(Exception):
    """Tried too often; `until` is when it may be tried again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


_COUNT = """
INSERT INTO core_throttle AS t (key, tried_at, last_at)
SELECT key, ARRAY[%(now)s::timestamptz], %(now)s FROM unnest(%(keys)s::bytea[]) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    tried_at = ARRAY(SELECT each FROM unnest(t.tried_at) AS each WHERE each > %(now)s - %(period)s) || EXCLUDED.tried_at,
    last_at = EXCLUDED.last_at
WHERE NOT (cardinality(t.tried_at) >= %(limit)s AND t.last_at > %(now)s - %(period)s)
"""
_UNTIL = """
SELECT max(last_at) + %(period)s FROM core_throttle
WHERE key = ANY(%(keys)s) AND cardinality(tried_at) >= %(limit)s AND last_at > %(now)s - %(period)s
"""
_LOCKED = "(SELECT key FROM core_throttle WHERE key = ANY(%(keys)s) ORDER BY key FOR UPDATE)"  # no deadlocks
_TAKE_BACK = f"""
WITH mine AS {_LOCKED}
UPDATE core_throttle AS t
SET tried_at = tried_at[:array_position(tried_at, %(now)s) - 1] || tried_at[array_position(tried_at, %(now)s) + 1:]
FROM mine WHERE t.key = mine.key AND array_position(tried_at, %(now)s) IS NOT NULL
"""  # noqa: S608 - made of constants
_FORGET = f"WITH mine AS {_LOCKED} DELETE FROM core_throttle AS t USING mine WHERE t.key = mine.key"  # noqa: S608
_PRUNE = """
WITH over AS MATERIALIZED (
    SELECT key FROM core_throttle WHERE last_at < %(before)s
    ORDER BY last_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
DELETE FROM core_throttle AS t USING over WHERE t.key = over.key
"""


def count_attempt(rule: Rule, keys: Collection[bytes], *, now: datetime) -> None:
    """Count one attempt under every key. Raises TooMany where one of them has had its number; then none is counted."""
    counted = _counted(rule, keys, now)
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE, {"before": now - _FORGOTTEN_AFTER, "most": _FORGET_AT_ONCE})
    if not counted:
        raise TooMany(blocked_until(rule, keys, now=now) or now)


def _counted(rule: Rule, keys: Collection[bytes], now: datetime) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COUNT, _values(rule, keys, now))
        if cursor.rowcount == len(set(keys)):
            return True
        transaction.set_rollback(True)
        return False


def blocked_until(rule: Rule, keys: Collection[bytes], *, now: datetime) -> datetime | None:
    """When all of the keys may be tried again; None where they may be now."""
    with connection.cursor() as cursor:
        cursor.execute(_UNTIL, _values(rule, keys, now))
        until: datetime | None = cursor.fetchone()[0]
    return until


def take_back(keys: Collection[bytes], *, now: datetime) -> None:
    """The attempt counted at `now` was right: it does not count, the others do."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, {"keys": list(keys), "now": now})


def forget(keys: Collection[bytes]) -> None:
    """The attempt was right and proves who it is: none counts any more."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"keys": list(keys)})


def minutes_until(until: datetime, *, now: datetime) -> int:
    """How long that is in whole minutes, never less than one."""
    return max(1, ceil((until - now).total_seconds() / 60))


def _values(rule: Rule, keys: Collection[bytes], now: datetime) -> dict[str, Any]:
    return {"keys": list(set(keys)), "now": now, "period": rule.period, "limit": rule.limit}
