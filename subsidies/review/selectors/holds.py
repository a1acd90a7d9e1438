"""Which claims are held, and for what."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from subsidies.models import Claim, Hold
from subsidies.reasons import REASONS
from subsidies.review.models.hold import HoldQuerySet


def open_holds() -> HoldQuerySet:
    """The holds that somebody has still to clear, of claims that still ask for something."""
    return Hold.objects.open().filter(claim__live=True)


def is_held() -> Exists:
    """For a queryset of claims: whether one is held."""
    return Exists(Hold.objects.open().filter(claim=OuterRef("pk")))


def proposed_reasons(claims: QuerySet[Claim]) -> tuple[str, ...]:
    """The reasons for which colleagues propose to refuse all of these claims; empty where they do not agree."""
    objections = open_holds().filter(claim__in=claims, kind=Hold.Kind.OBJECTION)
    proposed = {tuple(refusals_among(each)) for each in objections.values_list("reasons", flat=True)}
    return proposed.pop() if len(proposed) == 1 else ()


def is_held_by_staff() -> Exists:
    """For a queryset of claims: whether a person holds one."""
    open_ones = Hold.objects.open().filter(claim=OuterRef("pk"))
    return Exists(open_ones.filter(kind=Hold.Kind.OBJECTION))


def is_asked() -> Exists:
    """For a queryset of claims: whether its shop is asked for more evidence."""
    return Exists(Hold.objects.open().filter(claim=OuterRef("pk"), kind=Hold.Kind.INQUIRY))


def refusals_among(codes: Sequence[str]) -> list[str]:
    """Those of a hold's reasons for which whoever placed it would refuse the claim."""
    return [code for code in codes if code in REASONS]
