"""Districts side by side, for the city's officer."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.audit.record import record
from core.models import AuditEntry, District
from core.shanghai import today
from core.staff.access import person, staff_page
from subsidies.city.figures import standings
from subsidies.claims.selectors.locks import claimed_in
from subsidies.search.selectors.search_terms import read_as

LOOK = "core.view_district"
NOWHERE = 0  # no district's code: every district is another one


class LockForm(forms.Form):
    """An old bike's filing plate, or a new vehicle's code."""

    number = forms.CharField(label=gettext_lazy("备案号牌或新车整车编码"), max_length=32)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(LOOK)
def city(request: HttpRequest) -> HttpResponse:
    """Look at the districts; ask where a bike or vehicle is claimed, which the trail keeps (and not its number)."""
    form = LockForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("各区情况"),
        "standings": standings(today=today()),
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        readings = {each.way: each.value for each in read_as(form.cleaned_data["number"])}
        context["asked"] = True
        context["locks"] = claimed_in(
            district=NOWHERE,
            plate=readings.get("plate", ""),
            vehicle_code=readings.get("vehicle_code", ""),
        )
        record(AuditEntry.Action.SEARCH, by=person(request), of=District, detail={"way": "lock"})
    return TemplateResponse(request, "subsidies/city/city.html", context)
