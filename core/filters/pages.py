"""Filters that somebody keeps: kept and forgotten from the list itself."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.filters.services import NoFilter, keep_filter
from core.models import SavedFilter
from core.staff.access import person


@require_POST
def _keep(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the list that it was sent from."""
    told = request.POST
    try:
        kept = keep_filter(
            person=person(request),
            page=told.get("page", "")[:200],
            query=told.get("query", ""),
            name=told.get("name", ""),
        )
    except NoFilter:
        messages.warning(request, _("没有保存：请先筛选或排序，并起一个名称(每个清单最多 20 个)。"))
        return redirect(_back(request))
    messages.success(request, _("已保存常用筛选“%s”。") % kept.name)
    return redirect(kept.address)


@require_POST
def _forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of one's own."""
    SavedFilter.objects.filter(pk=pk, person=person(request)).delete()
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    page, query = request.POST.get("page", ""), request.POST.get("query", "")
    if not page.startswith("/") or not url_has_allowed_host_and_scheme(page, allowed_hosts=None):
        return reverse("admin:index")
    return f"{page}?{query}" if query else page


keep, forget = admin.site.admin_view(_keep), admin.site.admin_view(_forget)
