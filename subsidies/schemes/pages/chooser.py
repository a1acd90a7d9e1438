"""Which scheme a page is about: the one that its address names, else the one of today; and what else a reader may choose."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from core.shanghai import today
from subsidies.models import Scheme
from subsidies.schemes.models.scheme import SchemeQuerySet


@dataclass(frozen=True, slots=True)
class Offered:
    """A scheme that may be chosen, by a link that keeps what else the address says."""

    name: str
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SchemeChoice:
    """What was chosen (`named`: by the address), and what there is to choose; nothing where there is one scheme or none."""

    scheme: Scheme | None
    named: bool
    offered: tuple[Offered, ...]


def choose_scheme(request: HttpRequest, schemes: SchemeQuerySet) -> SchemeChoice:
    """`schemes`: those that the reader may see. Raises Http404 where the address names none of them."""
    found = list(schemes.order_by("-pk"))
    code = request.GET.get("scheme", "")
    chosen = next((each for each in found if each.code == code), None)
    if code and chosen is None:
        raise Http404
    if chosen is None:
        of_today = set(Scheme.objects.of(today()))
        chosen = next((each for each in found if each in of_today), next(iter(found), None))
    offered = tuple(Offered(each.name, _address(request, each), each == chosen) for each in found)
    return SchemeChoice(chosen, bool(code), offered if len(offered) > 1 else ())


def _address(request: HttpRequest, scheme: Scheme) -> str:
    query = request.GET.copy()
    query["scheme"] = scheme.code
    return f"?{query.urlencode()}"
