"""The ledger proved, and as the public gets it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from subsidies.models import Scheme
from subsidies.states import RESERVED, SPENT, ClaimState, in_sql

# What an export has, in the order of its columns: what the hash covers, in the same spelling, and the chain.
COLUMNS = (
    *(
        "scheme",
        "seq",
        "kind",
        "stage",
        "claim",
        "amount_fen",
        "at",
        "by",
        "change",
        "order",
        "payee",
        "recorded_at",
        "ref",
    ),
    *("prev_hash", "hash"),
)


_EXPORT = """
    SELECT s.code, e.seq, e.kind, st.no, e.claim_id, e.amount_fen,
           ledger_moment(e.at), e.by_id, e.change_id, e.order_no, e.payee_digest, ledger_moment(e.recorded_at), e.ref,
           encode(e.prev_hash, 'hex'), encode(e.hash, 'hex')
    FROM subsidies_ledgerentry e
    JOIN subsidies_scheme s ON s.id = e.scheme_id
    LEFT JOIN subsidies_stage st ON st.id = e.stage_id
    WHERE e.scheme_id = %(scheme)s
    ORDER BY e.seq
"""


_ROWS_AT_ONCE = 5000


def ledger_rows(*, scheme: Scheme) -> Iterator[tuple[Any, ...]]:
    """The scheme's ledger, a tuple of COLUMNS for each row, in order; a few thousand rows are in memory at a time."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_EXPORT, {"scheme": scheme.pk})
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from rows


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """What `verify_ledger` found wrong: at which row (None: in the sums), what (a key of FAULTS), and its particulars."""

    scheme: str
    seq: int | None
    what: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        """The fault as a sentence in the language that is active, with the row's number."""
        state = self.facts.get("state")
        return str(FAULTS[self.what]) % {
            "seq": self.seq,
            **self.facts,
            "state": ClaimState(state).label if state else "",
        }


FAULTS = {
    "missing": _("第 %(seq)s 行账目缺失：到第 %(last)s 行为止的账目被删除"),
    "predecessor": _("第 %(seq)s 行账目接不上前一行：前一行被改写，或这一行是插入的或换了位置"),
    "content": _("第 %(seq)s 行账目的内容与其链值不符：这一行被改动过"),
    "added": _("第 %(seq)s 行账目是多出来的：方案只记到第 %(last)s 行"),
    "head": _("末行账目的链值与方案所记的末值不符：第 %(last)s 行被换过，或方案的记录被改动过"),
    "scheme_sums": _(
        "方案的合计与账目不符：方案记着拨入 %(funded)s 分、锁定 %(reserved)s 分、发放 %(paid)s 分，"
        "账目合计为拨入 %(ledger_funded)s 分、锁定 %(ledger_reserved)s 分、发放 %(ledger_paid)s 分"
    ),
    "stage_sums": _(
        "第 %(stage)s 阶段的合计与账目不符：阶段记着锁定 %(reserved)s 分、发放 %(paid)s 分，"
        "账目合计为锁定 %(ledger_reserved)s 分、发放 %(ledger_paid)s 分"
    ),
    "claim_money": _("申请 %(claim)s 的状态是 %(state)s，账目上却为它锁定 %(reserved)s 分、发放 %(paid)s 分"),
    "tally": _("%(hour)s 这一小时内状态为 %(state)s 的申请，计数表记着 %(kept)s 份，实有 %(counted)s 份"),
}


# Rows whose number, predecessor or hash is not what the chain demands. Where rows are missing, the first of them is named.
_BROKEN_LINKS = """
    SELECT fault.seq, fault.what, fault.facts
    FROM (
        SELECT e.*, s.code, st.no AS stage_no,
               lag(e.seq, 1, 0::bigint) OVER (ORDER BY e.seq) + 1 AS expected_seq,
               lag(e.hash, 1, decode(repeat('00', 32), 'hex')) OVER (ORDER BY e.seq) AS expected_prev
        FROM subsidies_ledgerentry e
        JOIN subsidies_scheme s ON s.id = e.scheme_id
        LEFT JOIN subsidies_stage st ON st.id = e.stage_id
        WHERE e.scheme_id = %(scheme)s
    ) chain, LATERAL (
        SELECT expected_seq AS seq, 'missing' AS what, jsonb_build_object('last', chain.seq - 1) AS facts
        WHERE chain.seq <> expected_seq
        UNION ALL
        SELECT chain.seq, 'predecessor', '{}' WHERE chain.seq = expected_seq AND prev_hash <> expected_prev
        UNION ALL
        SELECT chain.seq, 'content', '{}'
        WHERE (chain.seq <> expected_seq OR prev_hash = expected_prev) AND hash <> sha256(prev_hash || convert_to(
            ledger_payload(code, chain.seq, kind, stage_no, claim_id, amount_fen, at, by_id, change_id, order_no,
                           payee_digest, recorded_at, ref), 'UTF8'))
    ) fault
    ORDER BY fault.seq LIMIT 20
"""


# The end of the chain against what the scheme says of it: rows cut off, rows added, or another last row.
_WRONG_END = """
    SELECT CASE WHEN l.seq < s.ledger_seq THEN l.seq + 1 WHEN l.seq > s.ledger_seq THEN s.ledger_seq + 1 END,
           CASE WHEN l.seq < s.ledger_seq THEN 'missing' WHEN l.seq > s.ledger_seq THEN 'added' ELSE 'head' END,
           jsonb_build_object('last', s.ledger_seq)
    FROM subsidies_scheme s, LATERAL (
        SELECT seq, hash FROM subsidies_ledgerentry WHERE scheme_id = s.id
        UNION ALL
        SELECT 0, decode(repeat('00', 32), 'hex')
        ORDER BY seq DESC LIMIT 1
    ) l
    WHERE s.id = %(scheme)s AND (l.seq, l.hash) <> (s.ledger_seq, s.ledger_head)
"""


_SIGNED = """
    SELECT stage_id, claim_id,
           CASE kind WHEN 'fund' THEN amount_fen WHEN 'cut' THEN -amount_fen ELSE 0 END AS funded,
           CASE kind WHEN 'reserve' THEN amount_fen WHEN 'release' THEN -amount_fen WHEN 'pay' THEN -amount_fen
                     ELSE 0 END AS reserved,
           paid_by(kind, amount_fen) AS paid
    FROM subsidies_ledgerentry WHERE scheme_id = %(scheme)s
"""


_WRONG_SCHEME_SUMS = f"""
    SELECT NULL::bigint, 'scheme_sums', jsonb_build_object(
               'funded', s.funded_fen, 'reserved', s.reserved_fen, 'paid', s.paid_fen,
               'ledger_funded', l.funded, 'ledger_reserved', l.reserved, 'ledger_paid', l.paid)
    FROM subsidies_scheme s, (
        SELECT coalesce(sum(funded), 0)::bigint AS funded, coalesce(sum(reserved), 0)::bigint AS reserved,
               coalesce(sum(paid), 0)::bigint AS paid FROM ({_SIGNED}) signed
    ) l
    WHERE s.id = %(scheme)s AND (s.funded_fen, s.reserved_fen, s.paid_fen) <> (l.funded, l.reserved, l.paid)
"""  # noqa: S608 - constant text


_WRONG_STAGE_SUMS = f"""
    SELECT NULL, 'stage_sums', jsonb_build_object(
               'stage', st.no, 'reserved', st.reserved_fen, 'paid', st.paid_fen,
               'ledger_reserved', coalesce(l.reserved, 0), 'ledger_paid', coalesce(l.paid, 0))
    FROM subsidies_stage st
    LEFT JOIN (
        SELECT stage_id, sum(reserved)::bigint AS reserved, sum(paid)::bigint AS paid
        FROM ({_SIGNED}) signed GROUP BY stage_id
    ) l ON l.stage_id = st.id
    WHERE st.scheme_id = %(scheme)s
      AND (st.reserved_fen, st.paid_fen) <> (coalesce(l.reserved, 0), coalesce(l.paid, 0))
"""  # noqa: S608 - constant text


# A claim's state and its money must say the same, with its supplements; what came back is what its confirmed receipts say.
_WRONG_CLAIMS = f"""
    SELECT NULL, 'claim_money', jsonb_build_object(
               'claim', c.id, 'state', c.state,
               'reserved', coalesce(l.reserved, 0)::bigint, 'paid', coalesce(l.paid, 0)::bigint)
    FROM subsidies_claim c
    LEFT JOIN (
        SELECT claim_id, sum(reserved) AS reserved, sum(paid) AS paid FROM ({_SIGNED}) signed GROUP BY claim_id
    ) l ON l.claim_id = c.id
    LEFT JOIN (
        SELECT k.claim_id, sum(r.amount_fen) AS fen
        FROM subsidies_recoveryreceipt r JOIN subsidies_recoverycase k ON k.id = r.case_id
        WHERE r.state = 'confirmed' GROUP BY k.claim_id
    ) back ON back.claim_id = c.id
    LEFT JOIN (
        SELECT claim_id, sum(amount_fen) FILTER (WHERE state IN ('reserved', 'in_payout', 'failed')) AS reserved,
               sum(amount_fen) FILTER (WHERE state = 'paid') AS paid
        FROM subsidies_supplement GROUP BY claim_id
    ) besides ON besides.claim_id = c.id
    WHERE c.scheme_id = %(scheme)s
      AND (coalesce(l.reserved, 0), coalesce(l.paid, 0)) <>
          (CASE WHEN c.state IN ({in_sql(RESERVED)}) THEN c.amount_fen ELSE 0 END + coalesce(besides.reserved, 0),
           CASE WHEN c.state = 'recovered' THEN 0 ELSE
               CASE WHEN c.state IN ({in_sql(SPENT)}) THEN c.amount_fen - coalesce(back.fen, 0) ELSE 0 END
               + coalesce(besides.paid, 0) END)
    LIMIT 20
"""  # noqa: S608 - constant text


# The tallies from which places and figures are read must be what counting all claims would give.
_WRONG_TALLIES = """
    SELECT NULL, 'tally', jsonb_build_object(
               'state', state, 'hour', to_char(hour AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI'),
               'kept', coalesce(kept.count, 0), 'counted', coalesce(counted.n, 0))
    FROM (
        SELECT hour_of(completed_at) AS hour, state, count(*) AS n FROM subsidies_claim
        WHERE scheme_id = %(scheme)s GROUP BY 1, 2
    ) counted
    FULL JOIN (SELECT hour, state, count FROM subsidies_claimtally WHERE scheme_id = %(scheme)s) kept
         USING (hour, state)
    WHERE coalesce(counted.n, 0) <> coalesce(kept.count, 0)
    LIMIT 20
"""


_FAULTS = " UNION ALL ".join(
    f"({query})"
    for query in (
        *(_BROKEN_LINKS, _WRONG_END, _WRONG_SCHEME_SUMS, _WRONG_STAGE_SUMS, _WRONG_CLAIMS),
        _WRONG_TALLIES,
    )
)


def verify_ledger(*, scheme: Scheme) -> list[LedgerFault]:
    """Recompute the chain, the sums of scheme and stages, each claim's money, the tallies. An empty list: all is right."""
    with connection.cursor() as cursor:  # one statement, one snapshot: writers may go on meanwhile
        cursor.execute(_FAULTS, {"scheme": scheme.pk})
        return [
            LedgerFault(scheme.code, seq, what, json.loads(facts)) for seq, what, facts in cursor.fetchall()
        ]
