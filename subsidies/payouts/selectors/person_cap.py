"""That nobody has more subsidies than a scheme ever allowed a person (每人上限), counted again where money leaves.

The cap is held when money is allotted; whoever owns the tables could have changed it for that minute.
"""

from collections.abc import Collection

from django.db.models import Count, Max, Q, QuerySet

from subsidies.models import Claim, PolicyVersion
from subsidies.states import GRANTED, SPENT

Pair = tuple[int, int]


def over_cap(claims: Collection[Claim]) -> set[int]:
    """Those of these claims, by their ids, whose owner was granted more than any policy of the scheme allows."""
    owners, schemes = {each.owner_id for each in claims}, {each.scheme_id for each in claims}
    granted = Claim.objects.filter(owner__in=owners, scheme__in=schemes, state__in=GRANTED)
    over = _over(granted, schemes)
    return {each.pk for each in claims if (each.scheme_id, each.owner_id) in over}


def paid_over_cap() -> list[int]:
    """The paid claims, by their ids, of owners who have more of them in a scheme than it allows."""
    schemes = set(PolicyVersion.objects.order_by().values_list("scheme", flat=True).distinct())
    paid = Claim.objects.filter(state__in=SPENT)
    found = Q(pk__in=[])
    for scheme, owner in _over(paid, schemes):
        found |= Q(scheme=scheme, owner=owner)
    return sorted(paid.filter(found).order_by().values_list("pk", flat=True))


def _over(claims: QuerySet[Claim], schemes: Collection[int]) -> set[Pair]:
    """Scheme and owner of those with more of these claims than the scheme allows; without a cap nobody has too many."""
    versions = PolicyVersion.objects.filter(scheme__in=schemes).order_by().values("scheme")
    caps = versions.annotate(cap=Max("per_person_cap"), free=Count("pk", filter=Q(per_person_cap=None)))
    found: set[Pair] = set()
    for scheme, cap in caps.filter(free=0).values_list("scheme", "cap"):
        of = claims.filter(scheme=scheme).order_by().values("owner").annotate(n=Count("pk")).filter(n__gt=cap)
        found |= {(scheme, owner) for owner in of.values_list("owner", flat=True)}
    return found
