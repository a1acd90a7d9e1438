"""The base of every list here."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.paging import AtLeast
from core.staff.headings import title_of_list


class StaffList(ChangeList):
    """A list that reads, and unseals, nothing that it does not show. Its title is what the sidebar calls it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = title_of_list(self.model)

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """Whatever narrows the list can be cleared, also what came with a link and has no filter of its own."""
        rows: QuerySet[Any] = super().get_queryset(request, *args, **kwargs)
        narrowed = self.get_filters_params()
        self.has_active_filters = bool(narrowed)
        self.clear_all_filters_qs = self.get_query_string(remove=list(narrowed))
        return rows.defer(*getattr(self.model_admin, "list_defer", ()))

    def get_results(self, request: HttpRequest) -> None:
        """Beyond the last page stands the last page, and a sentence."""
        try:
            super().get_results(request)
        except IncorrectLookupParameters:
            pages = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
            self.page_num = pages.num_pages if self.page_num > 1 else 1
            messages.info(request, _beyond(pages))
            super().get_results(request)


def _beyond(pages: Any) -> str:
    last: int = pages.num_pages
    if isinstance(pages.count, AtLeast):
        return _("只能翻到第 %s 页，这是最后一页；要看其余的，请用筛选缩小范围。") % last
    return _("一共 %s 页，这是最后一页。") % last
