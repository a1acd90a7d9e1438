"""How far a merchant is to be watched: what was found in the shop, letters that are late, and doubts about its claims."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from merchants.models import CorrectionOrder, EnforcementCase, Inspection, Merchant, SamplingLot
from subsidies.models import Claim, Hold
from subsidies.states import ClaimState

SOME_DOUBT = 5  # so many doubtful claims are many; so are two, where they are a tenth of all
HIGH, MEDIUM, LOW = "high", "medium", "low"


@dataclass(frozen=True, slots=True)
class Risk:
    """Counts of one merchant on a day; `fine_fen`: what closed cases cost it, with what was forfeited.

    `doubtful`: its live claims that are held for a doubt; `doubts`: how many for each kind. What staff themselves hold
    is counted beside (`held_by_staff`): it follows from the risk, and does not raise it.
    """

    visits: int
    faulty: int
    open_faults: int
    failed_lots: int
    orders: int
    late_orders: int
    open_cases: int
    closed_cases: int
    fine_fen: int
    claims: int
    doubtful: int
    doubts: Mapping[str, int]
    held_by_staff: int
    refused: int
    demanded: int

    @property
    def level(self) -> str:
        """High: a letter is late, a case goes on, or many claims are doubtful. Medium: anything else. Low: nothing."""
        many = self.doubtful >= SOME_DOUBT or (self.doubtful * 10 >= self.claims > 0 and self.doubtful > 1)
        if self.late_orders or self.open_cases or many:
            return HIGH
        amiss = self.open_faults or self.failed_lots or self.doubtful or self.orders or self.closed_cases
        return MEDIUM if amiss or self.demanded else LOW


def risk_of(shop: Merchant, *, day: date) -> Risk:
    """The merchant as it stands on that local day."""
    visits = (
        Inspection.objects.filter(merchant=shop)
        .exclude(conclusion="")
        .aggregate(
            n=Count("pk"),
            wrong=Count("pk", filter=Q(faulty=True)),
            open=Count("pk", filter=Q(faulty=True, rectified_on__isnull=True)),
        )
    )
    lots = SamplingLot.objects.filter(merchant=shop).aggregate(bad=Sum("failed", default=0))
    orders = CorrectionOrder.objects.filter(inspection__merchant=shop, number__isnull=False)
    cases = EnforcementCase.objects.filter(merchant=shop).aggregate(
        open=Count("pk", filter=Q(state__in=["open", "outcome"])),
        closed=Count("pk", filter=Q(state="closed")),
        fine=Sum("fine_fen", filter=Q(state="closed"), default=0),
        forfeited=Sum("forfeited_fen", filter=Q(state="closed"), default=0),
    )
    claims = claims_of(shop).aggregate(
        all=Count("pk"),
        refused=Count("pk", filter=Q(state=ClaimState.REFUSED)),
        demanded=Count(
            "pk", filter=Q(state__in=[ClaimState.RECOVERING, ClaimState.RECOVERED, ClaimState.WRITTEN_OFF])
        ),
    )
    held = Hold.objects.open().filter(claim__trade_in__merchant=shop, claim__live=True)
    noticed = held.exclude(kind=Hold.Kind.OBJECTION)
    return Risk(
        visits=visits["n"],
        faulty=visits["wrong"],
        open_faults=visits["open"],
        failed_lots=lots["bad"],
        orders=orders.count(),
        late_orders=orders.late(day).count(),
        open_cases=cases["open"],
        closed_cases=cases["closed"],
        fine_fen=cases["fine"] + cases["forfeited"],
        claims=claims["all"],
        doubtful=noticed.aggregate(n=Count("claim", distinct=True))["n"],
        doubts=dict(noticed.order_by().values_list("kind").annotate(n=Count("pk"))),
        held_by_staff=held.filter(kind=Hold.Kind.OBJECTION).count(),
        refused=claims["refused"],
        demanded=claims["demanded"],
    )


def claims_of(shop: Merchant) -> QuerySet[Claim]:
    """The merchant's claims, of every scheme."""
    return Claim.objects.filter(trade_in__merchant=shop)
