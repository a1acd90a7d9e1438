"""Whom a file would move down the queue: the allocator's walk, with and without the records that wait for confirmation.

It only reads. Each new record is taken to pass its checks and to have been completed when it says so itself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.query_planner import expect_many_rows
from ebikes.models import ImportBatch
from subsidies.allocation.walk import OPEN_CLAIMS, walk, walk_parameters
from subsidies.claims.arriving import arriving
from subsidies.claims.selectors.place import places_of
from subsidies.models import ClaimTally, Scheme
from subsidies.schemes.states import SchemeState
from subsidies.states import OPEN, ClaimState

SHOWN = 50
MOST_OPEN = 50_000  # a longer queue is not walked while somebody waits for a page


@dataclass(frozen=True, slots=True)
class Moved:
    """An open claim that would stand further back. `fate`: what becomes of it if it would lose money it now reaches."""

    claim_id: int
    state: ClaimState
    place: int
    new_place: int
    fate: ClaimState | None


@dataclass(frozen=True, slots=True)
class Share:
    """The new records of one stage: how many, what they ask for, and what of it they would get."""

    scheme: str
    stage_no: int
    count: int
    asked_fen: int
    reached: int
    reached_fen: int
    left_fen: int | None  # of the stage's own cap, before


@dataclass(frozen=True, slots=True)
class Displaced:
    """What confirming would do to the queue. `moved` is None where the queue is longer than MOST_OPEN."""

    arriving: int
    ahead: int = 0
    moved: int | None = None
    losing: int = 0
    losing_fen: int = 0
    shown: tuple[Moved, ...] = ()
    shares: tuple[Share, ...] = ()

    @property
    def more(self) -> int:
        """How many are moved and not shown."""
        return (self.moved or 0) - len(self.shown)


def displaced(batch: ImportBatch, *, now: datetime) -> Displaced | None:
    """What would happen to the queues of the schemes that it belongs to if this previewed batch were confirmed now.

    None where nothing of it would stand in a queue.
    """
    if batch.kind != ImportBatch.Kind.TRADE_INS or batch.state != ImportBatch.State.PREVIEW:
        return None
    with transaction.atomic():
        new = _new_claims(batch, now=now)
        schemes = Scheme.objects.filter(pk__in=new).order_by("pk")
        found = [_displaced(scheme, new[scheme.pk], now=now) for scheme in schemes]
    return _together(found) if found else None


def _together(found: list[Displaced]) -> Displaced:
    """The queues of several schemes as one answer; where one is too long to be walked, so is all of it."""
    arriving = sum(each.arriving for each in found)
    if any(each.moved is None for each in found):
        return Displaced(arriving)
    shown = sorted((each for one in found for each in one.shown), key=lambda moved: moved.fate is None)
    return Displaced(
        arriving=arriving,
        ahead=sum(each.ahead for each in found),
        moved=sum(each.moved or 0 for each in found),
        losing=sum(each.losing for each in found),
        losing_fen=sum(each.losing_fen for each in found),
        shown=tuple(shown[:SHOWN]),
        shares=tuple(share for each in found for share in each.shares),
    )


def _displaced(scheme: Scheme, new: list[tuple[Any, ...]], *, now: datetime) -> Displaced:
    if _open_claims(scheme) + len(new) > MOST_OPEN:
        return Displaced(len(new))
    with connection.cursor() as cursor:
        expect_many_rows(cursor)
        cursor.execute(_COMPARE, _params(scheme, new, now=now))
        arrived, ahead, moved, losing, losing_fen, shown, shares = cursor.fetchone()
    return Displaced(
        arriving=arrived,
        ahead=ahead,
        moved=moved,
        losing=losing,
        losing_fen=losing_fen,
        shown=_shown(shown),
        shares=tuple(Share(scheme.name, **each) for each in shares),
    )


def _open_claims(scheme: Scheme) -> int:
    return ClaimTally.objects.filter(scheme=scheme, state__in=OPEN).total()


# What is staged, as trade-ins. What became known since the preview will not go in; whoever is new has a number below 0.
_STAGED = """
    SELECT s.line AS id, coalesce(o.id, -dense_rank() OVER (ORDER BY s.id_index)) AS owner_id,
           s.filing_plate_no, s.vehicle_code, b.district_id, %(now)s::timestamptz AS received_at,
           s.deregistered_at, s.collected_at, s.purchased_at, s.plated_at
    FROM ebikes_stagedtradein s JOIN ebikes_importbatch b ON b.id = s.batch_id
    LEFT JOIN ebikes_owner o ON o.id_index = s.id_index AND o.district_id = b.district_id
    WHERE s.batch_id = %(batch)s AND NOT EXISTS (
        SELECT FROM ebikes_tradein t WHERE t.record_no = s.record_no AND t.district_id = b.district_id)
"""
_NEW_CLAIMS = (
    arriving(_STAGED)  # noqa: S608 - constant text
    + "SELECT scheme_id, id, owner_id, stage_id, amount_fen, completed_at FROM claims"
    " WHERE NOT refused AND stage_id IS NOT NULL ORDER BY id"
)


def _new_claims(batch: ImportBatch, *, now: datetime) -> dict[int, list[tuple[Any, ...]]]:
    """The claims that would come and stand in a queue, by scheme: line, person, stage, amount, completion."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NEW_CLAIMS, {"batch": batch.pk, "now": now})
        for scheme, *claim in cursor.fetchall():
            found.setdefault(scheme, []).append(tuple(claim))
    return found


_SCHEMES = arriving(_STAGED) + "SELECT DISTINCT scheme_id FROM days"  # noqa: S608 - constant text


def shut_for(batch: ImportBatch) -> list[Scheme]:
    """The schemes that this previewed file has records for and that take none now."""
    if batch.kind != ImportBatch.Kind.TRADE_INS or batch.state != ImportBatch.State.PREVIEW:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMES, {"batch": batch.pk, "now": timezone.now()})
        found = [scheme for (scheme,) in cursor.fetchall()]
    return list(Scheme.objects.filter(pk__in=found).exclude(state=SchemeState.OPEN).order_by("pk"))


# Behind every claim that is there now, where completion and receipt are the same.
_FIRST_NEW_ID = 1 << 62
_WITH_NEW = (
    OPEN_CLAIMS  # noqa: S608 - constant text
    + """
    UNION ALL
    SELECT %(first)s + line, owner_id, stage_id, amount_fen, 'eligible', completed_at, %(now)s::timestamptz
    FROM unnest(%(lines)s::bigint[], %(owners)s::bigint[], %(stages)s::bigint[], %(amounts)s::bigint[],
                %(times)s::timestamptz[]) AS new (line, owner_id, stage_id, amount_fen, completed_at)
"""
)
_REACHED = """
    SELECT q.id, q.rank, q.state, q.stage_id, q.amount_fen, coalesce(q.certain_before >= %(cap)s, false) AS over_cap,
           coalesce(walked.fits, false) AS reached
    FROM queue q LEFT JOIN walked USING (id)
"""
_COMPARE = f"""
    WITH before AS MATERIALIZED ({walk()} {_REACHED}),
    after AS MATERIALIZED ({walk(asking=_WITH_NEW)} {_REACHED}),
    new AS (SELECT * FROM after WHERE id >= %(first)s),
    moved AS MATERIALIZED (
        SELECT b.id, b.state, b.amount_fen, b.rank, a.rank - b.rank AS down,
               CASE WHEN NOT b.reached OR a.reached THEN NULL
                    WHEN a.over_cap THEN 'refused' ELSE 'waitlisted' END AS fate
        FROM before b JOIN after a USING (id) WHERE a.rank > b.rank
    ), shown AS (
        SELECT id, state, down, fate FROM moved ORDER BY fate IS NULL, rank LIMIT {SHOWN}
    ), shares AS (
        SELECT st.no AS stage_no, count(*) AS count, sum(n.amount_fen) AS asked_fen,
               count(*) FILTER (WHERE n.reached) AS reached,
               coalesce(sum(n.amount_fen) FILTER (WHERE n.reached), 0) AS reached_fen,
               st.cap_fen - st.reserved_fen - st.paid_fen AS left_fen
        FROM new n JOIN subsidies_stage st ON st.id = n.stage_id GROUP BY st.id
    )
    SELECT (SELECT count(*) FROM new),
           (SELECT count(*) FROM new WHERE rank < (SELECT max(rank) FROM after WHERE id < %(first)s)),
           count(*), count(fate), coalesce(sum(amount_fen) FILTER (WHERE fate IS NOT NULL), 0)::bigint,
           (SELECT coalesce(json_agg(shown), '[]') FROM shown),
           (SELECT coalesce(json_agg(shares ORDER BY stage_no), '[]') FROM shares)
    FROM moved
"""  # noqa: S608 - constant text


def _params(scheme: Scheme, new: list[tuple[Any, ...]], *, now: datetime) -> dict[str, Any]:
    policy = scheme.policy
    columns = ("lines", "owners", "stages", "amounts", "times")
    return {
        **walk_parameters(scheme=scheme, terms=policy, left_fen=scheme.available_fen, now=now),
        "first": _FIRST_NEW_ID,
        **{name: list(column) for name, column in zip(columns, zip(*new, strict=True), strict=True)},
    }


def _shown(rows: list[dict[str, Any]]) -> tuple[Moved, ...]:
    places = places_of([row["id"] for row in rows])
    return tuple(
        Moved(
            row["id"],
            ClaimState(row["state"]),
            places[row["id"]],
            places[row["id"]] + row["down"],
            ClaimState(row["fate"]) if row["fate"] else None,
        )
        for row in rows
    )
