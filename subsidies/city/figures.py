"""How each district stands, from the tallies and the sums of its schemes: no claim is looked at, and nobody is named."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Sum

from core.models import District
from subsidies.models import ClaimTally, Hold, Scheme
from subsidies.states import ENDED, ClaimState

PACE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Standing:
    """One district. Money in fen; `pace`: flows completed in the last seven days; `doubted`: holds that wait."""

    district: District
    states: Counter[str]
    funded_fen: int
    reserved_fen: int
    paid_fen: int
    pace: int
    doubted: int

    @property
    def claims(self) -> int:
        return sum(self.states.values())

    @property
    def refused(self) -> int:
        return self.states[ClaimState.REFUSED]

    @property
    def open(self) -> int:
        """Those that have not come to an end."""
        return sum(count for state, count in self.states.items() if state not in ENDED)

    @property
    def left_fen(self) -> int:
        return self.funded_fen - self.reserved_fen - self.paid_fen

    @property
    def used_percent(self) -> int:
        """How much of the money is set aside or paid, of a hundred."""
        return 100 * (self.reserved_fen + self.paid_fen) // self.funded_fen if self.funded_fen else 0


def standings(*, today: date) -> list[Standing]:
    """Every district that the reader reads, by its code, over all schemes that were opened."""
    money = {
        row["district"]: row
        for row in Scheme.objects.opened()
        .order_by()
        .values("district")
        .annotate(funded=Sum("funded_fen"), reserved=Sum("reserved_fen"), paid=Sum("paid_fen"))
    }
    states: dict[int, Counter[str]] = defaultdict(Counter)
    tallies = ClaimTally.objects.order_by()
    for district, state, count in tallies.values_list("scheme__district", "state").annotate(Sum("count")):
        states[district][state] = count
    since = today - timedelta(days=PACE_DAYS - 1)
    pace = dict(
        tallies.completed_between(since, today).values_list("scheme__district").annotate(Sum("count"))
    )
    held = Hold.objects.open().order_by().values_list("claim__scheme__district")
    doubted = dict(held.annotate(Count("pk")))
    return [
        Standing(
            district=district,
            states=states[district.pk],
            funded_fen=money[district.pk]["funded"],
            reserved_fen=money[district.pk]["reserved"],
            paid_fen=money[district.pk]["paid"],
            pace=pace.get(district.pk, 0),
            doubted=doubted.get(district.pk, 0),
        )
        for district in District.objects.all()
        if district.pk in money
    ]
