"""How a merchant stands on a day: what it has, what it still lacks. Lists, filters and the report ask the same questions."""

from collections.abc import Callable
from datetime import date

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from merchants.letters.signing import current_text
from merchants.models import AgentAuthorization, AgentPoint, CommitmentLetter, Inspection, Merchant, Training

StandingCondition = Callable[[date], Q]


def authorised_on(day: date) -> QuerySet[AgentAuthorization]:
    """The periods that cover a day."""
    return AgentAuthorization.objects.reaching(day).filter(starts_on__lte=day)


def points_authorised_on(day: date) -> Q:
    """Agent points that are authorised on a day."""
    return Q(Exists(authorised_on(day).filter(agent_point=OuterRef("pk"))))


def points_authorised_between(first: date, last: date) -> Q:
    """Agent points that were authorised on some day of these (both included)."""
    periods = AgentAuthorization.objects.reaching(first).filter(starts_on__lte=last)
    return Q(Exists(periods.filter(agent_point=OuterRef("pk"))))


def _letters(day: date) -> QuerySet[CommitmentLetter]:
    """The letters that count: of the version that is signed now."""
    mine = CommitmentLetter.objects.filter(merchant=OuterRef("pk"), text_version=current_text().version)
    return mine.filter(signed_on__lte=day)


def registered(day: date) -> Q:
    """On the platform by then."""
    return Q(registered_on__lte=day)


def enabled(day: date) -> Q:
    """The trade-in function is enabled by then: a day to come does not count yet."""
    return Q(trade_in_enabled_on__lte=day)


def signed(day: date) -> Q:
    """Has signed the letter that is in force."""
    return Q(Exists(_letters(day)))


def posted(day: date) -> Q:
    """Has signed it and posted it in the shop."""
    return Q(Exists(_letters(day).filter(posted_at__lte=day)))


def with_point(day: date) -> Q:
    """Runs an agent point that is authorised on that day."""
    return Q(Exists(authorised_on(day).filter(agent_point__merchant=OuterRef("pk"))))


def trained(day: date) -> Q:
    """Came to a training."""
    attended = Training.attended_by.through.objects.filter(
        merchant=OuterRef("pk"), training__held_on__lte=day
    )
    return Q(Exists(attended))


def inspected(day: date) -> Q:
    """Was visited."""
    return Q(Exists(Inspection.objects.filter(merchant=OuterRef("pk"), inspected_on__lte=day)))


def sound(day: date) -> Q:
    """Nothing that was found by then waits to be put right today."""
    open_faults = Inspection.objects.to_be_put_right().filter(merchant=OuterRef("pk"))
    return ~Q(Exists(open_faults.filter(inspected_on__lte=day)))


STANDINGS: dict[str, StandingCondition] = {
    each.__name__: each
    for each in (registered, enabled, signed, posted, with_point, trained, inspected, sound)
}


def with_standing(merchants: QuerySet[Merchant], *, day: date) -> QuerySet[Merchant]:
    """Each merchant with what the list shows of it; looked up for the rows of one page, whatever the length of the list."""
    mine = Inspection.objects.filter(merchant=OuterRef("pk")).order_by()
    trainings = Training.attended_by.through.objects.filter(
        merchant=OuterRef("pk"), training__held_on__lte=day
    )
    points = AgentPoint.objects.filter(points_authorised_on(day), merchant=OuterRef("pk")).order_by()
    return merchants.annotate(
        signed_on=Subquery(_letters(day).values("signed_on")[:1]),
        posted_at=Subquery(_letters(day).values("posted_at")[:1]),
        points=_how_many(points),
        trained_on=Subquery(trainings.order_by("-training__held_on").values("training__held_on")[:1]),
        inspected_on=Subquery(mine.order_by("-inspected_on").values("inspected_on")[:1]),
        open_faults=_how_many(mine.to_be_put_right()),
    )


def _how_many(rows: QuerySet[AgentPoint] | QuerySet[Inspection]) -> Coalesce:
    counted = rows.values("merchant").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
