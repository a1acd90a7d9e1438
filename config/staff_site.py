"""The admin's site: the theme's, but that what no page shows is not made for each of them."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    """Our own sidebar stands in place of the list of all models: a page that does not ask for that list is spared it."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """All models with what this person may do to each, once somebody looks at it."""
        made = super().get_app_list
        return SimpleLazyObject(lambda: made(request, app_label))

    def _get_is_tab_active(self, request: HttpRequest, tabs: list[dict[str, Any]], link: str) -> bool:
        """Whether a tab beside the one of this link is open: asked of the link's own group, not of every group."""
        groups = ([item["link"] for item in tab["items"]] for tab in tabs)
        return any(
            link in links and any(self._get_is_active(request, each) for each in links if each != link)
            for links in groups
        )
