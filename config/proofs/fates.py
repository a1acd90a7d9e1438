"""What came of a simulated province: every record in every city, counted in the cities' own books and the register's."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from config.local.scratch import inside
from config.proofs.city import City, Province
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, Lock, LockQuestion, Scheme
from subsidies.states import ClaimState


@dataclass(frozen=True, slots=True)
class Finish:
    """What came of a run. `doubles`: bikes, vehicles and people that were paid more often than there may be; `left_out`:
    records that nobody was paid for though the checks passed, or whose pointer leads to nobody; `faults`: what the ledgers
    and the register say.
    """

    claims: int
    in_two: int
    paid: int
    elsewhere: int
    doubles: int
    left_out: int
    faults: tuple[str, ...]
    payments: int
    fallen: dict[str, int] = field(default_factory=dict)

    def sound(self) -> bool:
        """Nobody twice, nobody left out, the books balance, and the operator made just these payments."""
        return not self.doubles and not self.left_out and not self.faults and self.payments == self.paid


@dataclass(frozen=True, slots=True)
class Fate:
    """One record in one city. `person`: the index of the owner's number; `because_of`: whom the register named."""

    city: str
    record: str
    bike: str
    vehicle: str
    person: bytes
    state: str
    refusals: tuple[str, ...]
    because_of: tuple[str, str] | None


def count(cities: Sequence[City], province: Province | None) -> Finish:
    fates: list[Fate] = []
    faults: list[str] = []
    for city in cities:
        with inside(city.database):
            fates += _fates(city.code)
            faults += [f"{city.code}: {fault}" for fault in verify_ledger(scheme=Scheme.objects.get())]
    paid = {(fate.city, fate.record): fate for fate in fates if fate.state == ClaimState.PAID}
    if province is not None:
        with inside(province.database):
            kept = set(
                Lock.objects.filter(state=Lock.State.KEPT)
                .values_list("cell__code", "holder__claim")
                .distinct()
            )
        faults += [f"the register keeps {len(kept)}, paid were {len(paid)}"] if kept != paid.keys() else []
    turned_away = [fate for fate in fates if "claimed_elsewhere" in fate.refusals]
    return Finish(
        claims=len(fates),
        in_two=0,
        paid=len(paid),
        elsewhere=len(turned_away),
        doubles=sum(
            _too_many(getattr(fate, what) for fate in paid.values()) for what in ("bike", "vehicle", "person")
        ),
        left_out=sum(
            fate.refusals == ("claimed_elsewhere",) and not _was_due_elsewhere(fate, paid, fates)
            for fate in turned_away
        ),
        faults=tuple(faults),
        payments=0,
    )


def _too_many(things: Iterator[object]) -> int:
    return sum(times - 1 for times in Counter(things).values())


def _was_due_elsewhere(fate: Fate, paid: dict[tuple[str, str], Fate], fates: Sequence[Fate]) -> bool:
    """Somebody was paid for this bike, vehicle or person; or whoever had it first was refused for a reason of its own."""
    if any(
        other.bike == fate.bike or other.vehicle == fate.vehicle or other.person == fate.person
        for other in paid.values()
    ):
        return True
    first = next((other for other in fates if (other.city, other.record) == fate.because_of), None)
    return first is not None and first.state == ClaimState.REFUSED and first.bike == fate.bike


def _fates(code: str) -> Iterator[Fate]:
    taken = LockQuestion.objects.filter(word=LockQuestion.Word.TAKEN).order_by("pk")
    because = {
        claim: (cell, record) for claim, cell, record in taken.values_list("claim", "cell", "record_no")
    }
    columns = ("pk", "trade_in__record_no", "filing_plate_no", "vehicle_code", "owner__number_index")
    for pk, record, bike, vehicle, person, state, refusals in Claim.objects.values_list(
        *columns, "state", "refusals"
    ):
        yield Fate(code, record, bike, vehicle, bytes(person), state, tuple(refusals), because.get(pk))
