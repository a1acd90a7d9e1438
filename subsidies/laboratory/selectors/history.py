"""What happened in a scheme, read up to a given row: its claims without names, what befell them, its money, its versions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from core.processes import uncollected
from core.query_planner import sort_in_memory
from subsidies.engine.legs import Turn
from subsidies.models import Scheme
from subsidies.schemes.selectors.terms import Terms
from subsidies.states import PENDING, in_sql

_BY_CODE = tuple(Turn)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """A moment of history as Python has it."""
    return _EPOCH + timedelta(microseconds=microseconds)


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """The last rows that are read: by them a run can be gone through again. `ledger_head` proves the ledger's."""

    event: int
    ledger_seq: int
    ledger_head: str
    policy: int

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class PastClaim(NamedTuple):
    """A claim as the laboratory knows it, its moments in microseconds since 1970.

    `first_day`, `first_at`: by the record alone, until the checks were through.
    """

    id: int
    person: int
    often: bool
    received_at: int
    first_at: int
    first_day: date
    completed_at: int
    day: date
    version: int
    stage: int | None
    amount_fen: int
    filed_on: date | None
    street: str


@dataclass(slots=True)
class PastWalk:
    """A run of the allocator that moved somebody, and what happened between the one before and it (numbers of claims)."""

    at: int
    turns: list[tuple[int, Turn]]
    money: list[tuple[int, int]]
    funded_fen: int = 0
    first_seq: int | None = None
    walked: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """Everything. `rivals`: of a claim, earlier ones for the same bike or vehicle; all by number in `claims`.

    `granted`, `refused`, `ended`, `passed`: how it really came out.
    """

    claims: list[PastClaim]
    walks: list[PastWalk]
    rivals: dict[int, tuple[int, ...]]
    versions: list[tuple[datetime, int, Terms]]
    funded_fen: int
    granted: set[int]
    refused: set[int]
    ended: set[int]
    passed: set[int]

    def version_at(self, moment: datetime) -> Terms:
        """The rules that were in force before that moment; the first where there were none yet."""
        before = (terms for created, _no, terms in reversed(self.versions) if created < moment)
        return next(before, self.versions[0][2])

    @property
    def newest(self) -> Terms:
        return self.versions[-1][2]

    def has_money(self, no: int) -> bool:
        return no in self.granted and no not in self.ended

    def waits(self, no: int) -> bool:
        over = no in self.granted or no in self.refused or no in self.ended
        return no in self.passed and not over


_CLAIMS = """
    SELECT c.id, c.owner_id, count(*) OVER (PARTITION BY c.owner_id) > 1,
           (extract(epoch FROM c.received_at) * 1000000)::bigint,
           (extract(epoch FROM r.first_at) * 1000000)::bigint, (r.first_at AT TIME ZONE 'Asia/Shanghai')::date,
           (extract(epoch FROM c.completed_at) * 1000000)::bigint,
           (c.completed_at AT TIME ZONE 'Asia/Shanghai')::date, p.version, st.no, c.amount_fen, b.filed_on,
           coalesce(b.subdistrict, '')
    FROM subsidies_claim c
    JOIN ebikes_tradein t ON t.id = c.trade_in_id
    JOIN subsidies_policyversion p ON p.id = c.policy_id
    LEFT JOIN subsidies_stage st ON st.id = c.stage_id
    LEFT JOIN ebikes_filedbike b ON b.filing_plate_no = c.filing_plate_no
    CROSS JOIN LATERAL (
        SELECT greatest(t.deregistered_at, t.collected_at, t.purchased_at, t.plated_at) AS first_at) r
    WHERE c.scheme_id = %(scheme)s ORDER BY c.id
"""
# A second claim for one bike or vehicle came only because the first had ended.
_RIVALS = """
    SELECT later.id, array_agg(DISTINCT ended.id) FROM subsidies_claim ended
    JOIN subsidies_claim later ON later.filing_plate_no = ended.filing_plate_no AND later.id > ended.id
    WHERE NOT ended.live AND ended.scheme_id = %(scheme)s AND later.scheme_id = %(scheme)s GROUP BY 1
    UNION ALL
    SELECT later.id, array_agg(DISTINCT ended.id) FROM subsidies_claim ended
    JOIN subsidies_claim later ON later.vehicle_code = ended.vehicle_code AND later.id > ended.id
    WHERE NOT ended.live AND ended.scheme_id = %(scheme)s AND later.scheme_id = %(scheme)s GROUP BY 1
"""
# Beside the turns: what the rules of time alone refused, and what the allocator did.
_UNTIMELY, _GRANTED, _OVER_CAP, _WALKED = 9, 10, 11, 12
_EVENTS = f"""
    SELECT (extract(epoch FROM at) * 1000000)::bigint, claim_id, code FROM (
        SELECT e.id, e.at, e.claim_id, CASE
            WHEN e.verb = 'allocate' THEN
                CASE e.to_state WHEN 'settled' THEN {_GRANTED} WHEN 'refused' THEN {_OVER_CAP} ELSE {_WALKED} END
            WHEN e.from_state = '' THEN CASE WHEN e.to_state = 'received' THEN {Turn.ARRIVES} END
            WHEN e.to_state IN ({in_sql(PENDING)}) THEN
                CASE WHEN e.from_state NOT IN ({in_sql(PENDING)}) THEN {Turn.IS_CHECKED_AGAIN} END
            WHEN e.to_state = 'eligible' THEN {Turn.PASSES}
            WHEN e.to_state = 'refused' AND e.by_id IS NULL
                 AND e.refusals <@ ARRAY['outside_stages', 'filed_too_long']::varchar[] THEN {_UNTIMELY}
            WHEN e.to_state IN ('refused', 'cancelled', 'recovered') THEN {Turn.ENDS} END AS code
        FROM subsidies_claimevent e JOIN subsidies_claim c ON c.id = e.claim_id
        WHERE c.scheme_id = %(scheme)s AND e.id <= %(event)s
    ) turns WHERE code IS NOT NULL ORDER BY id
"""  # noqa: S608 - constant text
# Money that no walk reserved: the budget's, what came back, was reserved again, or was owed a claim besides.
_AGAIN = """
    WITH book AS (SELECT * FROM subsidies_ledgerentry WHERE scheme_id = %(scheme)s AND seq <= %(ledger_seq)s),
    returned AS (SELECT claim_id, min(seq) AS seq FROM book WHERE kind = 'return' AND ref = '' GROUP BY 1),
    told AS (
        SELECT r.*, r.kind = 'reserve' AND r.ref = '' AND NOT coalesce(r.seq > b.seq, false) AS by_walk
        FROM book r LEFT JOIN returned b USING (claim_id)
    )
"""
_FIRST_SEQS = (
    _AGAIN  # noqa: S608 - constant text
    + "SELECT (extract(epoch FROM at) * 1000000)::bigint, min(seq) FROM told WHERE by_walk GROUP BY 1"
)
_MONEY = (
    _AGAIN  # noqa: S608 - constant text
    + """
    SELECT seq, (extract(epoch FROM at) * 1000000)::bigint, claim_id, kind IN ('fund', 'cut'),
           CASE WHEN kind IN ('cut', 'reserve') THEN -amount_fen ELSE amount_fen END
    FROM told WHERE NOT by_walk AND kind <> 'pay' ORDER BY seq
"""
)


def last_rows(scheme: Scheme) -> ReadUpTo:
    """How far the history of this scheme goes now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT max(id) FROM subsidies_claimevent), 0), s.ledger_seq, encode(s.ledger_head, 'hex'),"
            " (SELECT max(version) FROM subsidies_policyversion p WHERE p.scheme_id = s.id)"
            " FROM subsidies_scheme s WHERE s.id = %s",
            [scheme.pk],
        )
        return ReadUpTo(*cursor.fetchone())


def read_history(scheme: Scheme, upto: ReadUpTo) -> History:
    """Everything up to those rows, in six queries of one snapshot. No name, number or phone is read."""
    asked = {"scheme": scheme.pk, "event": upto.event, "ledger_seq": upto.ledger_seq}
    with uncollected(), transaction.atomic(), connection.cursor() as cursor:
        sort_in_memory(cursor)
        cursor.execute(_CLAIMS, asked)
        claims = list(map(PastClaim._make, cursor.fetchall()))
        numbers = {claim.id: no for no, claim in enumerate(claims)}
        cursor.execute(_EVENTS, asked)
        reading = _Reading(numbers)
        for row in cursor.fetchall():
            reading.take(*row)
        reading.close()
        cursor.execute(_FIRST_SEQS, asked)
        seqs = dict(cursor.fetchall())
        for walk in reading.walks:
            walk.first_seq = seqs.get(walk.at)
        cursor.execute(_MONEY, asked)
        funded = _lay_money(reading.walks, cursor.fetchall(), numbers)
        cursor.execute(_RIVALS, asked)
        rivals = _by_number(cursor.fetchall(), numbers)
    versions = [
        (policy.created_at, policy.version, Terms.of(policy))
        for policy in scheme.policies.filter(version__lte=upto.policy).order_by("version")
    ]
    return History(
        claims,
        reading.walks,
        rivals,
        versions,
        funded,
        reading.granted,
        reading.refused,
        reading.ended,
        reading.passed,
    )


class _Reading:
    """The events in their order, gathered from one walk to the next; the last entry is no walk, but what came after all."""

    def __init__(self, numbers: dict[int, int]) -> None:
        self.numbers = numbers
        self.walks: list[PastWalk] = []
        self.granted, self.refused, self.ended = set[int](), set[int](), set[int]()
        self.passed = set[int]()
        self._turns: list[tuple[int, Turn]] = []
        self._walked = set[int]()
        self._at = 0

    def take(self, at: int, claim: int, code: int) -> None:
        no = self.numbers.get(claim)
        if no is None:  # it came while this was being read
            return
        self._at = max(self._at, at)
        if code < _GRANTED:
            self._turned(no, Turn.PASSES if code == _UNTIMELY else _BY_CODE[code])
            if code == _UNTIMELY:
                self.refused.add(no)
            return
        if self._turns or not self.walks or self.walks[-1].at != at or no in self._walked:
            self.walks.append(PastWalk(at, self._turns, []))
            self._turns, self._walked = [], set()
        self._walked.add(no)
        if code == _GRANTED:
            self.granted.add(no)
        elif code == _OVER_CAP:
            self.refused.add(no)

    def _turned(self, no: int, turn: Turn) -> None:
        self._turns.append((no, turn))
        if turn is Turn.ENDS:
            self.ended.add(no)
        elif turn is Turn.PASSES:
            self.passed.add(no)
        elif turn is Turn.IS_CHECKED_AGAIN:
            self.passed.discard(no)

    def close(self) -> None:
        """What happened after the last walk stands in an entry of its own."""
        self.walks.append(PastWalk(self._at, self._turns, [], walked=False))


def _lay_money(walks: list[PastWalk], rows: list[tuple[Any, ...]], numbers: dict[int, int]) -> int:
    """Lay each row before the walk that it came before; return the whole budget."""
    funded, waiting = 0, iter(walks)
    walk = next(waiting, None)
    for seq, at, claim, budget, fen in rows:
        while walk is not None and walk.walked and _came_after(walk, seq, at):
            walk.funded_fen = funded
            walk = next(waiting, None)
        if budget:
            funded += fen
        elif walk is not None:
            walk.money.append((numbers[claim], fen))
    for later in _rest(walk, waiting):
        later.funded_fen = funded
    return funded


def _came_after(walk: PastWalk, seq: int, at: int) -> bool:
    """What came in the very moment of a walk that moved no money came after it, or the walk would have moved some."""
    return seq > walk.first_seq if walk.first_seq is not None else at >= walk.at


def _rest(walk: PastWalk | None, waiting: Iterator[PastWalk]) -> Iterator[PastWalk]:
    if walk is not None:
        yield walk
    yield from waiting


def _by_number(rows: list[tuple[int, list[int]]], numbers: dict[int, int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, set[int]] = defaultdict(set)
    for later, ended in rows:
        found[numbers[later]] |= {numbers[each] for each in ended}
    return {no: tuple(sorted(each)) for no, each in found.items()}
