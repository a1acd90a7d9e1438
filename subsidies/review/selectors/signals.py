"""What a person should look at though no check refuses it: one statement per signal, over the claims that are new.

Each finds claims with its evidence: counts, times, numbers of records and points, and nothing that tells who it is.
Claims that are paid or being paid are counted, and only the others are found. The thresholds are `settings.SIGNALS`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection

from ebikes.records.persons import PASSPORT
from subsidies.models import Hold
from subsidies.review.selectors.cut_off import find_cut_off
from subsidies.states import ENDED, SPENT, ClaimState

Found = dict[int, dict[str, Any]]

# What can still be held back.
WATCHED = [
    state.value
    for state in ClaimState
    if state not in (*ENDED, *SPENT, ClaimState.IN_PAYOUT, ClaimState.PAYOUT_UNKNOWN)
]


@dataclass(frozen=True, slots=True)
class Since:
    """The newest rows that were seen before: what came after them is new."""

    claim: int = 0
    check: int = 0
    photo: int = 0
    payee: int = 0


# Came in, was checked, or is to be paid elsewhere, lately. Every signal begins here and follows indexes from there.
FRESH = """
    WITH fresh AS MATERIALIZED (
        SELECT id FROM subsidies_claim WHERE id > %(claim)s
        UNION SELECT claim_id FROM subsidies_eligibilitycheck WHERE id > %(check)s
        UNION SELECT claim_id FROM subsidies_payeechange WHERE id > %(payee)s
    )
"""

# The authority's word counts (and is what the checks used), yet the record says something else. A time that came as a
# date stands for the end of that day, so it may be a day late.
_MISMATCH = """
    SELECT c.id, jsonb_build_object('differs', n.differs)
    FROM fresh JOIN subsidies_claim c USING (id)
    JOIN ebikes_tradein t ON t.id = c.trade_in_id
    JOIN ebikes_owner o ON o.id = c.owner_id
    JOIN merchants_agentpoint p ON p.id = t.agent_point_id
    LEFT JOIN ebikes_licensinganswer e ON e.id = c.exing_answer_id
    LEFT JOIN ebikes_licensinganswer y ON y.id = c.yunshenling_answer_id
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(name, jsonb_build_array(record, told)) AS differs FROM (
            SELECT name, to_jsonb(record) AS record, to_jsonb(told) AS told
            FROM (VALUES ('deregistered_at', t.deregistered_at, (e.facts->>'deregistered_at')::timestamptz),
                         ('collected_at', t.collected_at, (e.facts->>'collected_at')::timestamptz),
                         ('plated_at', t.plated_at, (y.facts->>'plated_at')::timestamptz)) times (name, record, told)
            WHERE greatest(told - record,
                           record - CASE WHEN name = ANY (t.day_only) THEN interval '1 day' ELSE '0' END - told)
                  > make_interval(secs => %(hours_apart)s * 3600)
            UNION ALL
            SELECT 'agent_point', to_jsonb(p.point_no), e.facts->'agent_point_no'
            WHERE nullif(e.facts->>'agent_point_no', '') <> p.point_no
            UNION ALL
            SELECT 'vehicle_code', to_jsonb(t.vehicle_code), to_jsonb(written.code)
            FROM (SELECT substring(t.remark FROM '(?<![0-9])[0-9]{4}2[0-9]{10}(?![0-9])')) written (code)
            WHERE written.code <> t.vehicle_code
            UNION ALL
            SELECT 'owner_name', NULL, NULL
            WHERE t.name_index <> o.name_index -- a masked name has none
        ) noticed
    ) n
    WHERE c.state = ANY (%(watched)s) AND n.differs IS NOT NULL
"""

# On the fraud list: by person or shop, or by any phone or wallet that the record names or named.
_LISTED = """
    , named AS MATERIALIZED (
        SELECT c.id, 'person' AS kind, o.number_index AS value_index, NULL::bigint AS merchant_id
        FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_owner o ON o.id = c.owner_id
        UNION ALL
        SELECT c.id, way.kind, way.value_index, way.merchant_id
        FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_tradein t ON t.id = c.trade_in_id
        CROSS JOIN LATERAL (VALUES ('phone', t.phone_index, NULL), ('wallet', t.wallet_index, NULL),
                                   ('shop', NULL, t.merchant_id)) way (kind, value_index, merchant_id)
        UNION ALL
        SELECT p.claim_id, way.kind, way.value_index, NULL
        FROM fresh JOIN subsidies_payeechange p ON p.claim_id = fresh.id
        CROSS JOIN LATERAL (VALUES ('phone', p.phone_index), ('wallet', p.wallet_index)) way (kind, value_index)
    ), listed AS (
        SELECT * FROM subsidies_watchentry WHERE state IN ('confirmed', 'lifting') AND expires_on >= %(today)s
    ), hit AS (
        SELECT n.id AS claim, w.id, w.kind, w.reason FROM named n JOIN listed w USING (kind, value_index)
        UNION
        SELECT n.id, w.id, w.kind, w.reason FROM named n JOIN listed w USING (kind, merchant_id)
    )
    SELECT c.id, jsonb_build_object('kinds', jsonb_agg(DISTINCT h.kind), 'reasons', jsonb_agg(DISTINCT h.reason),
                                    'entries', jsonb_agg(DISTINCT h.id))
    FROM hit h JOIN subsidies_claim c ON c.id = h.claim WHERE c.state = ANY (%(watched)s) GROUP BY c.id
"""

# What ties claims to each other: each begins with the claims of `fresh`, and tells in `tied` which of all claims have the
# same `key`. The signals count them; their page (`subsidies.ties`) shows them.

# COLUMN: the phone's or the wallet's blind index. The newest change of a payee counts, and the record where there is none.
_SHARING = """
    , touched (shared) AS (
        SELECT t.COLUMN FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_tradein t ON t.id = c.trade_in_id
        UNION
        SELECT p.COLUMN FROM fresh JOIN subsidies_payeechange p ON p.claim_id = fresh.id
    ), tied AS MATERIALIZED (
        SELECT shared AS key, c.id, c.state, c.owner_id
        FROM touched JOIN ebikes_tradein t ON t.COLUMN = shared JOIN subsidies_claim c ON c.trade_in_id = t.id AND c.live
        WHERE NOT EXISTS (SELECT FROM subsidies_payeechange p WHERE p.claim_id = c.id)
        UNION ALL
        SELECT shared, c.id, c.state, c.owner_id
        FROM touched JOIN subsidies_payeechange p ON p.COLUMN = shared JOIN subsidies_claim c ON c.id = p.claim_id AND c.live
        WHERE NOT EXISTS (SELECT FROM subsidies_payeechange later WHERE later.claim_id = c.id AND later.id > p.id)
    )
"""
_SHARED = """
    , many AS (
        SELECT key, count(DISTINCT owner_id) AS owners, count(*) AS claims
        FROM tied GROUP BY 1 HAVING count(DISTINCT owner_id) >= %(owners_sharing)s
    )
    SELECT s.id, jsonb_build_object('owners', m.owners, 'claims', m.claims)
    FROM tied s JOIN many m USING (key) WHERE s.state = ANY (%(watched)s)
"""

# One browser that sent in the records of several shops (`TradeInDraft.device`).
_ONE_DEVICE = """
    , touched AS (
        SELECT DISTINCT d.device
        FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_tradeindraft d ON d.trade_in_id = c.trade_in_id
        WHERE d.device IS NOT NULL
    ), tied AS MATERIALIZED (
        SELECT device AS key, c.id, c.state, d.merchant_id
        FROM touched JOIN ebikes_tradeindraft d USING (device)
        JOIN subsidies_claim c ON c.trade_in_id = d.trade_in_id AND c.live
    )
"""
_SHARED_DEVICE = """
    , many AS (
        SELECT key, count(DISTINCT merchant_id) AS merchants, count(*) AS claims
        FROM tied GROUP BY 1 HAVING count(DISTINCT merchant_id) >= %(merchants_sharing_device)s
    )
    SELECT s.id, jsonb_build_object('merchants', m.merchants, 'claims', m.claims)
    FROM tied s JOIN many m USING (key) WHERE s.state = ANY (%(watched)s)
"""

# Two names, or two countries, under one passport number: two people, or one who is written in two ways.
_ONE_DOCUMENT = """
    , touched AS (
        SELECT DISTINCT o.number_index
        FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_owner o ON o.id = c.owner_id WHERE o.id_kind = %(passport)s
    ), many AS MATERIALIZED (
        SELECT number_index, count(*) AS owners, array_agg(o.id) AS ids
        FROM touched JOIN ebikes_owner o USING (number_index) WHERE o.id_kind = %(passport)s
        GROUP BY 1 HAVING count(*) > 1
    ), tied AS (
        SELECT m.number_index AS key, c.id, c.state, m.owners
        FROM many m JOIN subsidies_claim c ON c.owner_id = ANY (m.ids) WHERE c.live
    )
"""
_SHARED_DOCUMENT = """
    SELECT id, jsonb_build_object('owners', owners) FROM tied WHERE state = ANY (%(watched)s)
"""

_ONE_PHOTO = """
    , touched AS (
        SELECT digest FROM ebikes_tradeinphoto WHERE id > %(photo)s
        UNION
        SELECT ph.digest FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_tradeinphoto ph USING (trade_in_id)
    ), tied AS MATERIALIZED (
        SELECT DISTINCT ph.digest AS key, c.id, c.state, t.record_no
        FROM touched JOIN ebikes_tradeinphoto ph USING (digest)
        JOIN subsidies_claim c ON c.trade_in_id = ph.trade_in_id AND c.live
        JOIN ebikes_tradein t ON t.id = c.trade_in_id
    )
"""
_REUSED_PHOTO = """
    , many AS (
        SELECT key, count(*) AS records, (array_agg(record_no ORDER BY record_no))[:5] AS some
        FROM tied GROUP BY 1 HAVING count(*) >= %(records_sharing_photo)s
    )
    SELECT DISTINCT ON (u.id) u.id, jsonb_build_object('records', m.records, 'record_nos', to_jsonb(m.some))
    FROM tied u JOIN many m USING (key) WHERE u.state = ANY (%(watched)s) ORDER BY u.id, m.records DESC
"""

# A burst begins where enough are completed from there within the minutes, and holds all of those. What has only a date
# has no minute. Slots as long as a burst: one with a new claim in it lies in the slot of that claim and the two beside it.
_ONE_BURST = """
    , slots AS MATERIALIZED (
        SELECT c.scheme_id, slot, slot + width AS until, array_agg(DISTINCT t.agent_point_id) AS points
        FROM fresh JOIN subsidies_claim c USING (id) JOIN ebikes_tradein t ON t.id = c.trade_in_id
        CROSS JOIN make_interval(mins => %(burst_minutes)s) width
        CROSS JOIN date_bin(width, c.completed_at, 'epoch') own
        CROSS JOIN LATERAL (VALUES (own - width), (own), (own + width)) near (slot)
        GROUP BY 1, 2, 3
    ), timed AS MATERIALIZED (
        SELECT beside.*
        FROM slots CROSS JOIN LATERAL (
            SELECT c.id, c.state, t.agent_point_id, c.completed_at
            FROM subsidies_claim c JOIN ebikes_tradein t ON t.id = c.trade_in_id
            WHERE c.scheme_id = slots.scheme_id AND c.live AND c.completed_at >= slot AND c.completed_at < until
              AND t.agent_point_id = ANY (points)
              AND NOT (c.completed_by = ANY (t.day_only)
                       AND (c.completed_at AT TIME ZONE 'Asia/Shanghai')::time = '23:59:59')
            OFFSET 0 -- slot by slot, by the index of places
        ) beside
    ), counted AS (
        SELECT *, count(*) OVER (PARTITION BY agent_point_id ORDER BY completed_at
            RANGE BETWEEN CURRENT ROW AND make_interval(mins => %(burst_minutes)s) FOLLOWING) AS following
        FROM timed
    ), bursts AS (
        SELECT *, max(following) OVER (PARTITION BY agent_point_id ORDER BY completed_at
            RANGE BETWEEN make_interval(mins => %(burst_minutes)s) PRECEDING AND CURRENT ROW) AS most
        FROM counted
    ), tied AS (
        SELECT agent_point_id || '/' || (completed_at AT TIME ZONE 'Asia/Shanghai')::date AS key,
               id, state, agent_point_id, most
        FROM bursts WHERE most >= %(burst_count)s
    )
"""
_BURST = """
    SELECT b.id, jsonb_build_object('agent_point', p.point_no, 'claims', b.most, 'minutes', %(burst_minutes)s)
    FROM tied b JOIN merchants_agentpoint p ON p.id = b.agent_point_id WHERE b.state = ANY (%(watched)s)
"""

TIES = {
    Hold.Kind.SHARED_PHONE: _SHARING.replace("COLUMN", "phone_index"),
    Hold.Kind.SHARED_WALLET: _SHARING.replace("COLUMN", "wallet_index"),
    Hold.Kind.SHARED_DEVICE: _ONE_DEVICE,
    Hold.Kind.SHARED_DOCUMENT: _ONE_DOCUMENT,
    Hold.Kind.REUSED_PHOTO: _ONE_PHOTO,
    Hold.Kind.BURST: _ONE_BURST,
}
_FOUND = {
    Hold.Kind.SHARED_PHONE: _SHARED,
    Hold.Kind.SHARED_WALLET: _SHARED,
    Hold.Kind.SHARED_DEVICE: _SHARED_DEVICE,
    Hold.Kind.SHARED_DOCUMENT: _SHARED_DOCUMENT,
    Hold.Kind.REUSED_PHOTO: _REUSED_PHOTO,
    Hold.Kind.BURST: _BURST,
}
STATEMENTS = {
    Hold.Kind.MISMATCH: FRESH + _MISMATCH,
    Hold.Kind.LISTED: FRESH + _LISTED,
    **{kind: FRESH + tie + _FOUND[kind] for kind, tie in TIES.items()},
}


def find_signals(since: Since, *, today: date) -> Iterator[tuple[Hold.Kind, Found]]:
    """Each signal with the claims that it concerns and what was noticed. `today`: the local date."""
    asked = {
        **settings.SIGNALS,
        "claim": since.claim,
        "check": since.check,
        "photo": since.photo,
        "payee": since.payee,
        "watched": WATCHED,
        "passport": PASSPORT,
        "today": today,
    }
    with connection.cursor() as cursor:
        for kind, statement in STATEMENTS.items():
            cursor.execute(statement, asked)
            yield kind, {claim: json.loads(noticed) for claim, noticed in cursor}
        yield Hold.Kind.CUT_OFF, find_cut_off(cursor, FRESH, asked, today=today)
