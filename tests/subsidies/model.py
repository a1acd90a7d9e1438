"""The programme as a few lines of plain Python: what engine.md says, with nothing but dictionaries and the pure engine."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from subsidies.engine.case import Case
from subsidies.engine.checks import assess
from subsidies.engine.queue import Funds, OpenClaim, Outcome, QueuePolicy, decide
from subsidies.states import ENDED, MOVES, OPEN, RESERVED, SPENT, ClaimState

AMOUNTS = {1: 30000, 2: 20000, 3: 10000}


@dataclass
class ModelClaim:
    """One claim: who, for what, since when, where it stands. `stage` is None outside every stage."""

    id: int
    person: int
    bike: str
    vehicle: str
    received_at: datetime
    completed_at: datetime
    stage: int | None
    state: str = "received"
    refusals: list[str] = field(default_factory=list)

    @property
    def place(self) -> tuple[datetime, datetime, int]:
        return self.completed_at, self.received_at, self.id

    @property
    def amount(self) -> int:
        return AMOUNTS.get(self.stage or 0, 0)


@dataclass
class Model:
    """The scheme and its claims. Money is what the claims' states say; nothing is added up beside them."""

    budget: int
    caps: dict[int, int]
    policy: QueuePolicy
    lag: timedelta
    claims: dict[int, ModelClaim] = field(default_factory=dict)

    def receive(self, claim: ModelClaim) -> None:
        live = [c for c in self.claims.values() if c.state not in ENDED]
        taken = {"bike_already_claimed": claim.bike in {c.bike for c in live}}
        taken["vehicle_already_claimed"] = claim.vehicle in {c.vehicle for c in live}
        claim.refusals = [code for code, so in taken.items() if so]
        claim.state = "refused" if claim.refusals else "received"
        self.claims[claim.id] = claim

    def check(self, claim_id: int, case: Case) -> None:
        claim, found = self.claims[claim_id], assess(case)
        claim.refusals = found.refusals
        claim.state = "refused" if found.refusals else "eligible"
        claim.completed_at, claim.stage = found.completed_at, found.stage_no

    def allocate(self, now: datetime) -> None:
        outcomes = decide(self.queue(now), self.funds(), self.policy)
        becomes = {Outcome.SETTLE: "settled", Outcome.WAIT: "waitlisted", Outcome.REFUSE: "refused"}
        for claim_id, outcome in outcomes.items():
            if outcome is not Outcome.HOLD:
                claim = self.claims[claim_id]
                claim.state = becomes[outcome]
                claim.refusals = ["person_cap"] if outcome is Outcome.REFUSE else claim.refusals

    def queue(self, now: datetime) -> list[OpenClaim]:
        return [
            OpenClaim(
                place=c.place,
                person=c.person,
                stage=c.stage,
                amount_fen=c.amount,
                eligible=c.state in ("eligible", "waitlisted"),
                ripe=c.completed_at + self.lag <= now,
            )
            for c in self.claims.values()
            if c.state in OPEN and c.stage is not None
        ]

    def funds(self) -> Funds:
        served: dict[int, int] = {}
        for c in self.held():
            served[c.person] = served.get(c.person, 0) + 1
        return Funds(
            left_fen=self.budget - sum(c.amount for c in self.held()),
            stage_left_fen={
                no: cap - sum(c.amount for c in self.held() if c.stage == no) for no, cap in self.caps.items()
            },
            served=served,
        )

    def held(self) -> list[ModelClaim]:
        """The claims whose money is reserved or spent."""
        return [c for c in self.claims.values() if c.state in (*RESERVED, *SPENT)]

    def may(self, state: str) -> list[int]:
        """The claims that may move to `state`."""
        return [c.id for c in self.claims.values() if ClaimState(state) in MOVES[ClaimState(c.state)]]

    def among(self, *states: str) -> list[int]:
        return [c.id for c in self.claims.values() if c.state in states]

    def put(self, ids: list[int], state: str) -> None:
        for claim_id in ids:
            self.claims[claim_id].state = state
