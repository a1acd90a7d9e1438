"""What a proposed change would do to the queue: the allocator's own walk, only read, with the terms as proposed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from core.privacy.masks import mask_name
from core.query_planner import expect_many_rows
from ebikes.records.models.trade_in import WHICH
from subsidies.allocation.walk import walk, walk_parameters
from subsidies.models import Claim, ClaimTally, Scheme, SchemeChange
from subsidies.schemes.selectors.faults import Fault, faults_of, warnings_of
from subsidies.schemes.selectors.terms import Difference, Terms, budget_difference, differences
from subsidies.states import OPEN, ClaimState

SHOWN = 200

# The scheme's stages with the caps that are proposed. A stage that is not there yet has no claims to walk past.
_STAGES = """(
    SELECT st.id, st.reserved_fen, st.paid_fen, t.cap_fen
    FROM subsidies_stage st
    JOIN jsonb_to_recordset(%(stages)s::jsonb) AS t(no int, cap_fen bigint) ON t.no = st.no
    WHERE st.scheme_id = %(scheme)s
)"""
# Everybody who would move, the first of each kind, with how many there are of the kind and what they get.
_MOVES = (
    walk(stages=_STAGES)  # noqa: S608 - constant text
    + """
    , moves AS (
        SELECT c.id, c.state AS before, d.state AS after, d.rank, count(*) OVER kind AS n, sum(c.amount_fen) OVER kind,
               row_number() OVER (kind ORDER BY d.rank) AS i
        FROM decided d JOIN subsidies_claim c USING (id)
        WHERE d.state <> c.state
        WINDOW kind AS (PARTITION BY c.state, d.state)
    )
    SELECT id, before, after, rank, n, sum FROM moves WHERE i <= %(shown)s ORDER BY rank
"""
)


@dataclass(frozen=True, slots=True)
class Mover:
    """A claim that would move: its place among those who ask, and whose it is, masked."""

    claim: int
    place: int
    record_no: str
    owner: str
    stage_no: int | None
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Movement:
    """Everybody who would move from one state to another; `movers` are the first of them."""

    before: ClaimState
    after: ClaimState
    count: int
    sum_fen: int
    movers: tuple[Mover, ...]

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.count - len(self.movers)


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would do. Money in fen; `differences` are those of the terms; `left_fen`: once the allocator has run."""

    differences: tuple[Difference, ...]
    budget_fen: int
    funded_before_fen: int
    free_before_fen: int
    movements: tuple[Movement, ...]
    pinned: int
    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]

    @property
    def changed(self) -> tuple[Difference, ...]:
        """All that it changes: the money, then the terms."""
        if not self.budget_fen:
            return self.differences
        return (budget_difference(self.funded_before_fen, self.funded_fen), *self.differences)

    @property
    def funded_fen(self) -> int:
        return self.funded_before_fen + self.budget_fen

    @property
    def free_fen(self) -> int:
        return self.free_before_fen + self.budget_fen

    @property
    def settled_fen(self) -> int:
        return sum(each.sum_fen for each in self.movements if each.after == ClaimState.SETTLED)

    @property
    def left_fen(self) -> int:
        return self.free_fen - self.settled_fen

    @property
    def leaving(self) -> tuple[int, int]:
        """How many leave the waitlist for money, and how much they get."""
        found = [m for m in self.movements if (m.before, m.after) == ("waitlisted", "settled")]
        return sum(m.count for m in found), sum(m.sum_fen for m in found)

    @property
    def affects_rules(self) -> bool:
        return bool(self.differences)


def preview_change(*, scheme: Scheme, terms: Terms, budget_fen: int, now: datetime) -> ChangePreview:
    """What the allocator's next run would do if this were in force now. Nothing is changed.

    Where something stands against the change, nobody moves by it.
    """
    with transaction.atomic():
        scheme = Scheme.objects.get(pk=scheme.pk)
        faults = faults_of(scheme, terms, budget_fen)
        moves = () if faults else tuple(_movements(scheme, terms, budget_fen, now=now))
        return ChangePreview(
            differences=tuple(differences(Terms.of(scheme.policy), terms)),
            budget_fen=budget_fen,
            funded_before_fen=scheme.funded_fen,
            free_before_fen=scheme.available_fen,
            movements=moves,
            pinned=_open_claims(scheme),
            faults=tuple(faults),
            warnings=() if faults else tuple(warnings_of(scheme, terms, budget_fen)),
        )


def preview_proposal(*, change: SchemeChange, now: datetime) -> ChangePreview:
    """The same of a change that is written down."""
    terms = Terms.from_json(change.terms)
    return preview_change(scheme=change.scheme, terms=terms, budget_fen=change.budget_fen, now=now)


def _open_claims(scheme: Scheme) -> int:
    return ClaimTally.objects.filter(scheme=scheme, state__in=OPEN).total()


def _movements(scheme: Scheme, terms: Terms, budget_fen: int, *, now: datetime) -> Iterator[Movement]:
    with connection.cursor() as cursor:
        expect_many_rows(cursor)
        cursor.execute(
            _MOVES,
            walk_parameters(scheme=scheme, terms=terms, left_fen=scheme.available_fen + budget_fen, now=now)
            | {"stages": json.dumps(terms.as_json()["stages"]), "shown": SHOWN},
        )
        rows = cursor.fetchall()
    named = [f"trade_in__{name}" for name in ("owner_name", *WHICH)]
    shown = Claim.objects.select_related("trade_in", "stage").only(*named, "stage__no", "amount_fen")
    claims = shown.in_bulk([row[0] for row in rows])
    kinds = {(row[1], row[2]): (row[4], row[5]) for row in rows}
    for (before, after), (count, total) in sorted(kinds.items(), key=lambda kind: _ORDER[kind[0]]):
        movers = tuple(_mover(claims[row[0]], row[3]) for row in rows if row[1:3] == (before, after))
        yield Movement(ClaimState(before), ClaimState(after), count, int(total), movers)


_ORDER = {
    ("waitlisted", "settled"): 0,
    ("eligible", "settled"): 1,
    ("eligible", "waitlisted"): 2,
    ("waitlisted", "refused"): 3,
    ("eligible", "refused"): 4,
}


def _mover(claim: Claim, place: int) -> Mover:
    return Mover(
        claim.pk,
        place,
        claim.trade_in.record_no,
        mask_name(claim.trade_in.owner_name),
        claim.stage.no if claim.stage else None,
        claim.amount_fen,
    )
