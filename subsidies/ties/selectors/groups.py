"""Which claims are tied to which: by wallet, phone, device, passport number, photo, point and day, or a shop's last days.

What ties them is said once, by the statements of `review.selectors.signals`; here stands who is in a group.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from ebikes.records.persons import PASSPORT
from subsidies.models import Claim, Hold
from subsidies.review.selectors.signals import TIES

_NO_PHOTO = 2**63 - 1  # no photo is newer: the group begins with its claims alone

# A merchant's claims of a stage's last days, as the signal found them.
_ONE_RUSH = """
    , touched AS (
        SELECT DISTINCT t.merchant_id, c.stage_id, (h.evidence->>'first')::date AS first, (h.evidence->>'last')::date AS last
        FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_tradein t ON t.id = c.trade_in_id
        JOIN subsidies_hold h ON h.claim_id = c.id AND h.kind = 'cut_off'
    ), tied AS MATERIALIZED (
        SELECT DISTINCT c.stage_id || '/' || t.merchant_id AS key, c.id, c.state
        FROM touched JOIN ebikes_tradein t USING (merchant_id)
        JOIN subsidies_claim c ON c.trade_in_id = t.id AND c.live AND c.stage_id = touched.stage_id
        WHERE (c.completed_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN first AND last
    )
"""
TIED_BY = TIES | {Hold.Kind.CUT_OFF: _ONE_RUSH}

_HELD = """
    WITH fresh AS MATERIALIZED (
        SELECT DISTINCT h.claim_id AS id FROM subsidies_hold h JOIN subsidies_claim c ON c.id = h.claim_id AND c.live
        WHERE h.cleared_at IS NULL AND h.kind = %(kind)s
    )
"""
_GROUPS = """
    SELECT min(h.claim_id), count(DISTINCT t.id), count(DISTINCT h.claim_id), count(DISTINCT c.owner_id),
           count(DISTINCT r.merchant_id), sum(c.amount_fen)::bigint, min(h.placed_at)
    FROM (SELECT DISTINCT key, id FROM tied) t JOIN subsidies_claim c USING (id)
    JOIN ebikes_tradein r ON r.id = c.trade_in_id
    LEFT JOIN subsidies_hold h ON h.claim_id = t.id AND h.kind = %(kind)s AND h.cleared_at IS NULL
    GROUP BY t.key HAVING count(h.id) > 0 AND count(DISTINCT t.id) > 1 ORDER BY min(h.placed_at), 1
"""
_FROM_ONE = "WITH fresh AS MATERIALIZED (SELECT id FROM subsidies_claim WHERE id = %(anchor)s)"
# The minutes of a day lie side by side: a group is the point's whole day, and not what lies around one claim of it.
_FROM_ONE_DAY = """
    WITH fresh AS MATERIALIZED (
        SELECT c.id FROM subsidies_claim own JOIN ebikes_tradein mine ON mine.id = own.trade_in_id
        CROSS JOIN date_trunc('day', own.completed_at, 'Asia/Shanghai') day
        JOIN subsidies_claim c ON c.scheme_id = own.scheme_id AND c.live
             AND c.completed_at >= day AND c.completed_at < day + interval '1 day'
        JOIN ebikes_tradein t ON t.id = c.trade_in_id AND t.agent_point_id = mine.agent_point_id
        WHERE own.id = %(anchor)s
    )
"""
_MEMBERS = """
    SELECT DISTINCT id FROM tied WHERE key IN (SELECT key FROM tied WHERE id = %(anchor)s) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Claims with one tie: how many, of how many owners and shops, the sum (fen); `held` of them wait, the first `since`.

    `anchor`: one of the held claims, by which the group is found again; what ties them never stands in an address.
    """

    kind: Hold.Kind
    anchor: int
    claims: int
    held: int
    owners: int
    merchants: int
    fen: int
    since: datetime


def held_groups(kind: Hold.Kind) -> list[Group]:
    """The groups of this kind in which something is held, the longest waiting first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD + TIED_BY[kind] + _GROUPS, _asked(kind=kind.value))
        return [Group(kind, *row) for row in cursor]


def members_of(kind: Hold.Kind, anchor: Claim) -> list[int]:
    """The claims that are tied to this one, itself among them; empty where nothing ties it (any more)."""
    first = _FROM_ONE_DAY if kind == Hold.Kind.BURST else _FROM_ONE
    with connection.cursor() as cursor:
        cursor.execute(first + TIED_BY[kind] + _MEMBERS, _asked(anchor=anchor.pk))
        found = [claim for (claim,) in cursor]
    return found if len(found) > 1 else []


def _asked(**more: Any) -> dict[str, Any]:
    return {**settings.SIGNALS, "passport": PASSPORT, "photo": _NO_PHOTO, **more}
