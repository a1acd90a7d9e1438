"""Which claims are held, and for what."""

from django.db.models import Exists, OuterRef, QuerySet

from subsidies.models import Claim, Hold


def open_holds() -> QuerySet[Hold]:
    """The holds that somebody has still to clear, of claims that still ask for something."""
    return Hold.objects.filter(cleared_at__isnull=True, claim__live=True)


def is_held() -> Exists:
    """For a queryset of claims: whether one is held."""
    return Exists(Hold.objects.filter(claim=OuterRef("pk"), cleared_at__isnull=True))


def proposed_reasons(claims: QuerySet[Claim]) -> tuple[str, ...]:
    """The reasons for which colleagues propose to refuse all of these claims; empty where they do not agree."""
    objections = open_holds().filter(claim__in=claims, kind=Hold.Kind.OBJECTION)
    proposed = {tuple(each.get("refusals", ())) for each in objections.values_list("evidence", flat=True)}
    return proposed.pop() if len(proposed) == 1 else ()
