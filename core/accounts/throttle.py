"""Guessing costs time: passwords, and the end of an ID number, may be tried in vain so often and no more.

One row a key in PostgreSQL, because every web process must count alike. An attempt is counted before anybody looks
whether it is right, and taken back when it was: a hundred guesses sent at once are a hundred attempts.
"""

from collections.abc import Collection, Sequence
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
    """After `limit` attempts within `period`, none for another `period`.

    With a `first_wait` it is a delay instead of a lock: that long after the attempt that reached the limit, twice as
    long after each more, at most `longest_wait`. Waiting is over by itself, however many others try on.
    """

    name: str
    limit: int
    period: timedelta
    first_wait: timedelta | None = None
    longest_wait: timedelta | None = None

    def key(self, *parts: str) -> bytes:
        """Under what is counted, 16 bytes: the parts cannot be read from it."""
        return fingerprint("\x1f".join(parts), context=f"throttle.{self.name}.{len(parts)}")

    @property
    def values(self) -> dict[str, Any]:
        """What its SQL asks for."""
        return {
            "limit": self.limit,
            "period": self.period,
            "first": self.first_wait or self.period,
            "longest": self.longest_wait or self.period,
        }


class TooMany(Exception):
    """Tried too often; `until` is when it may be tried again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


# How long after the latest attempt the next one is taken; more than 30 doublings are longer than any rule's longest.
_WAIT = """(CASE WHEN cardinality(t.tried_at) < %(limit)s THEN interval '0'
                 ELSE least(%(longest)s, %(first)s * 2 ^ least(cardinality(t.tried_at) - %(limit)s, 30)) END)"""
_COUNT = f"""
INSERT INTO core_throttle AS t (key, about, tried_at, last_at)
SELECT key, %(about)s, ARRAY[%(now)s::timestamptz], %(now)s FROM unnest(%(keys)s::bytea[]) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    tried_at = ARRAY(SELECT each FROM unnest(t.tried_at) AS each WHERE each > %(now)s - %(period)s) || EXCLUDED.tried_at,
    last_at = EXCLUDED.last_at
WHERE t.last_at + {_WAIT} <= %(now)s OR cardinality(t.tried_at) < %(limit)s
"""  # noqa: S608 - made of constants
_UNTIL = f"""
SELECT max(t.last_at + {_WAIT}) FROM core_throttle AS t
WHERE key = ANY(%(keys)s) AND cardinality(t.tried_at) >= %(limit)s AND t.last_at + {_WAIT} > %(now)s
"""  # noqa: S608 - likewise
_LOCKED = "(SELECT key FROM core_throttle WHERE key = ANY(%(keys)s) ORDER BY key FOR UPDATE)"  # no deadlocks
_TAKE_BACK = f"""
WITH mine AS {_LOCKED}
UPDATE core_throttle AS t
SET tried_at = tried_at[:array_position(tried_at, %(now)s) - 1] || tried_at[array_position(tried_at, %(now)s) + 1:]
FROM mine WHERE t.key = mine.key AND array_position(tried_at, %(now)s) IS NOT NULL
"""  # noqa: S608 - made of constants
_FORGET = f"WITH mine AS {_LOCKED} DELETE FROM core_throttle AS t USING mine WHERE t.key = mine.key"  # noqa: S608
_FORGET_ABOUT = """
WITH theirs AS (SELECT key FROM core_throttle WHERE about = %(about)s ORDER BY key FOR UPDATE)
DELETE FROM core_throttle AS t USING theirs WHERE t.key = theirs.key
"""
_PRUNE = """
WITH over AS MATERIALIZED (
    SELECT key FROM core_throttle WHERE last_at < %(before)s
    ORDER BY last_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
DELETE FROM core_throttle AS t USING over WHERE t.key = over.key
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """One rule and what is counted under it. `about`: whom it is about, so that all of that can be forgotten at once."""

    rule: Rule
    keys: Collection[bytes]
    about: bytes | None = None


def count_attempt(rule: Rule, keys: Collection[bytes], *, now: datetime) -> None:
    """Count one attempt under every key. Raises TooMany where one of them has had its number; then none is counted."""
    count_all([Tally(rule, keys)], now=now)


def count_all(tallies: Sequence[Tally], *, now: datetime) -> None:
    """Count one attempt under several rules, or under none. Raises TooMany.

    Everybody counts in the same order of rules: rows are locked until the last.
    """
    counted = _counted(tallies, now)
    with connection.cursor() as cursor:
        cursor.execute(_PRUNE, {"before": now - _FORGOTTEN_AFTER, "most": _FORGET_AT_ONCE})
    if not counted:
        raise TooMany(blocked(tallies, now=now) or now)


def _counted(tallies: Sequence[Tally], now: datetime) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        for each in tallies:
            cursor.execute(_COUNT, _values(each, now))
            if cursor.rowcount != len(set(each.keys)):
                transaction.set_rollback(True)
                return False
    return True


def blocked(tallies: Sequence[Tally], *, now: datetime) -> datetime | None:
    """When it may be tried again under all of these rules; None where it may be now."""
    ends: list[datetime] = []
    with connection.cursor() as cursor:
        for each in tallies:
            cursor.execute(_UNTIL, _values(each, now))
            ends += filter(None, cursor.fetchone())
    return max(ends, default=None)


def blocked_until(rule: Rule, keys: Collection[bytes], *, now: datetime) -> datetime | None:
    """When all of the keys may be tried again; None where they may be now."""
    return blocked([Tally(rule, keys)], now=now)


def take_back(keys: Collection[bytes], *, now: datetime) -> None:
    """The attempt counted at `now` was right: it does not count, the others do."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, {"keys": list(keys), "now": now})


def forget(keys: Collection[bytes]) -> None:
    """The attempt was right and proves who it is: none counts any more."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"keys": list(keys)})


def forget_about(about: bytes) -> int:
    """Nothing that was counted about them counts any more, from wherever it was tried; how many rows it was."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_ABOUT, {"about": about})
        return int(cursor.rowcount)


def minutes_until(until: datetime, *, now: datetime) -> int:
    """How long that is in whole minutes, never less than one."""
    return max(1, ceil((until - now).total_seconds() / 60))


def _values(tally: Tally, now: datetime) -> dict[str, Any]:
    return {"keys": list(set(tally.keys)), "about": tally.about, "now": now, **tally.rule.values}
