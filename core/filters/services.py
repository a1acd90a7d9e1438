"""Keeping a filter, and forgetting it."""

from django.http import QueryDict
from django.urls import Resolver404, resolve

from core.models import SavedFilter, User

MOST = 20
# Not of the filter: the page of the list, marks of the moment, and what was searched for, which may tell who somebody is.
PASSING = frozenset({"q", "p", "e", "page", "after", "_popup", "_to_field", "_changelist_filters"})


class NoFilter(ValueError):
    """Nothing is narrowed or sorted there, it is no list of the staff's, or there are too many already."""


def of_address(query: str) -> str:
    """What of an address is kept."""
    told = QueryDict(query, mutable=True)
    for name in PASSING & told.keys():
        del told[name]
    return told.urlencode()


def keep_filter(*, person: User, page: str, query: str, name: str) -> SavedFilter:
    """Keep a list's filter under a name; one that has the name already is replaced. Raises NoFilter."""
    kept, name = of_address(query), name.strip()
    if not kept or not name or len(kept) > 1000 or not _is_list(page):
        raise NoFilter
    own = SavedFilter.objects.filter(person=person, page=page)
    if own.exclude(name=name).count() >= MOST:
        raise NoFilter
    row, _new = SavedFilter.objects.update_or_create(
        person=person, page=page, name=name[:30], defaults={"query": kept}
    )
    return row


def _is_list(page: str) -> bool:
    """Whether it is an address of the staff's pages: nothing else is led to."""
    try:
        resolve(page)
    except Resolver404:
        return False
    return page.startswith("/admin/")
