"""The admin's site: the theme's, but that what no page shows is not made for each of them."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from config import admin_site

# As the settings hand it to the theme.
UNFOLD: dict[str, Any] = admin_site.UNFOLD


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    """Our own sidebar stands in place of the list of all models: a page that does not ask for that list is spared it.

    Sidebar and tabs are what `UNFOLD` says. The theme copies all of it, and compares every link with every other, for each
    page: a seventh of what a page costs. What is the same for everybody is laid out once here.
    """

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """All models with what this person may do to each, once somebody looks at it."""
        made = super().get_app_list
        return SimpleLazyObject(lambda: made(request, app_label))

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The sidebar's groups; an entry is lit where its page or a tab beside it is open."""
        beside, path = _links_beside(), request.path
        groups = []
        for group in UNFOLD["SIDEBAR"]["navigation"]:
            entries = [_for_whom(entry, request) for entry in group["items"]]
            for entry in entries:
                links = (entry["link"], *beside.get(entry["link"], ()))
                entry["active"] = any(_is_open(path, link) for link in links)
            groups.append({**group, "items": entries})
        return groups

    def get_tabs_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The groups of tabs; which one a page shows is the page's to say."""
        groups = []
        for group in UNFOLD["TABS"]:
            tabs = [_for_whom(tab, request) for tab in group["items"]]
            for tab in tabs:
                tab["active"] = _is_open(request.path, tab["link"])
            groups.append({**group, "items": tabs})
        return groups


def _for_whom(entry: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """An entry with its address, and whether it is this person's."""
    may = entry.get("permission")
    return {**entry, "link": str(entry["link"]), "has_permission": may is None or may(request)}


@cache
def _links_beside() -> dict[str, tuple[str, ...]]:
    """To each link in a group of tabs the others of that group."""
    groups = [[str(tab["link"]) for tab in group["items"]] for group in UNFOLD["TABS"]]
    return {link: tuple(each for each in links if each != link) for links in groups for link in links}


@cache
def _index() -> str:
    return reverse("admin:index")


def _is_open(path: str, link: str) -> bool:
    """Whether this page is the link's or lies below it; below the home page lie all of them."""
    return path == link if link == _index() else path.startswith(link)
