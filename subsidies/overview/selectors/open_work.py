"""What lies on the desks beside the claims' own states: holds, proposed changes, shops with something open."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from core.shanghai import local_day
from merchants.models import Inspection, Merchant
from merchants.shops.standing import posted
from subsidies.models import (
    Difference,
    Hold,
    PaperEvidence,
    SchemeChange,
    SchemeStep,
    StatementReading,
    WatchEntry,
)
from subsidies.reconciliation.selectors.gate import Shut, gate
from subsidies.review.selectors.holds import open_holds


@dataclass(frozen=True, slots=True)
class OpenWork:
    """`held`: claims with an open hold; `objected`: of these, what a colleague stopped or wants refused; `answered`: of
    what shops were asked to supply, what came. `inspections`: of shops, because of doubtful claims. `papers`: the claims
    about which one waits to be confirmed; `listed`: entries of the fraud list that wait for another person.

    `shut`: what keeps new orders back; `oldest_difference`: for how many days; `statements`: files that
    wait for a second look.
    """

    held: int
    objected: int
    answered: int
    papers: tuple[int, ...]
    listed: int
    changes: tuple[int, ...]
    steps: tuple[int, ...]
    faults: int
    unposted: int
    shut: Shut | None
    differences: int
    oldest_difference: int
    statements: tuple[int, ...]


def open_work(*, now: datetime) -> OpenWork:
    """Counted now; the changes are the oldest first, and of the steps of schemes, the schemes."""
    concerned = Count("claim", distinct=True)
    held = open_holds().aggregate(all=concerned, objected=Count("pk", filter=Q(kind=Hold.Kind.OBJECTION)))
    live = Difference.objects.filter(state__in=Difference.LIVE)
    differences = live.aggregate(n=Count("pk"), oldest=Min("found_at"))
    files = StatementReading.objects.filter(state=StatementReading.State.PROPOSED).order_by("pk")
    waiting = SchemeChange.objects.open().order_by("pk")
    return OpenWork(
        held=held["all"],
        objected=held["objected"],
        answered=open_holds().filter(kind=Hold.Kind.INQUIRY, answers__isnull=False).distinct().count(),
        papers=tuple(PaperEvidence.objects.proposed().order_by("pk").values_list("claim", flat=True)),
        listed=WatchEntry.objects.waiting().count(),
        changes=tuple(waiting.values_list("pk", flat=True)),
        steps=tuple(SchemeStep.objects.open().order_by("pk").values_list("scheme", flat=True)),
        faults=Inspection.objects.to_be_put_right().count(),
        unposted=Merchant.objects.filter(~posted(local_day(now))).count(),
        shut=gate(now=now),
        differences=differences["n"],
        oldest_difference=(now - differences["oldest"]).days if differences["oldest"] else 0,
        statements=tuple(files.values_list("pk", flat=True)),
    )
