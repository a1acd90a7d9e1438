"""A list's filters, each as one field of a form."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import template
from django.http import QueryDict

from core.filters.services import of_address
from core.models import SavedFilter

register = template.Library()
ALL = "-"  # what is sent empty the theme's script takes out, with every choice of the same name


@register.filter
def stands_for(choice: Mapping[str, Any], spec: Any) -> str:
    """The part of an address that one choice of a filter stands for; `ALL` for all."""
    own = {str(name) for name in spec.expected_parameters()}
    told = parse_qsl(str(choice["query_string"]).removeprefix("?"), keep_blank_values=True)
    return urlencode([(name, value) for name, value in told if name in own]) or ALL


@register.inclusion_tag("core/filters/saved.html", takes_context=True)
def saved_filters(context: Any) -> dict[str, Any]:
    """The filters that whoever looks keeps for this page, and a name for the one that is chosen now."""
    request = context["request"]
    own = SavedFilter.objects.filter(person=request.user.pk, page=request.path)
    here = of_address(request.GET.urlencode())
    if set(QueryDict(here)) <= {"tab"}:  # a tab alone is no filter
        here = ""
    return {
        "request": request,
        "page": request.path,
        "query": here,
        "saved": [(each, each.query == here) for each in own],
        "csrf_token": context.get("csrf_token"),
    }
