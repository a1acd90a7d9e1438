"""A list of the admin as one person sees it, rebuilt from its address: the same rows, in the same order."""

from dataclasses import dataclass
from urllib.parse import unquote

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exports.resources import Exportable
from core.models import User
from core.storable import unstorable

_NO_FILTERS = (
    PAGE_VAR,
    "all",
    "e",
)  # which page of it was open changes nothing; "e" says that a filter was refused


_REFUSED = gettext_lazy("筛选条件有误，请回到列表重新筛选")


class Refusal(Exception):
    """Why there is no table; the text is the sentence for whoever asked."""


class NotAllowed(Refusal):
    """This person may not see the list, or not that much of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A list, its filters as a query string, who looks, and whether with all that tells who people are."""

    model_label: str
    query: str
    by: User
    personal: bool = False


def lists_for(user: User) -> list[Exportable]:
    """The lists that this person may take away."""
    request = _request(user)
    pages = [
        admin.site.get_model_admin(model) for model in apps.get_models() if admin.site.is_registered(model)
    ]
    return [page for page in pages if isinstance(page, Exportable) and page.has_export_permission(request)]


def page_of(asked: Asked) -> Exportable:
    """The list's page, if this person may take it away like that. Raises NotAllowed."""
    try:
        page = admin.site.get_model_admin(apps.get_model(asked.model_label))
    except (LookupError, ValueError, NotRegistered):
        raise NotAllowed(_("没有这个列表")) from None
    request = _request(asked.by)
    if not isinstance(page, Exportable):
        raise NotAllowed(_("这个列表不能导出"))
    if not admin.site.has_permission(request) or not page.has_export_permission(request):
        raise NotAllowed(_("您没有查看这个列表的权限，没有导出"))
    if asked.personal and not page.has_personal_permission(request):
        raise NotAllowed(_("您没有导出完整个人信息的权限，没有导出"))
    return page


def rows_of(asked: Asked) -> QuerySet[Model]:
    """All rows that the list shows under these filters. Raises NotAllowed, Refusal."""
    rows: QuerySet[Model] = list_of(asked).queryset
    return rows


def list_of(asked: Asked) -> ChangeList:
    """The list under these filters, counted as its page counts it. Raises NotAllowed, Refusal."""
    page = page_of(asked)
    request = _request(asked.by)
    if unstorable(unquote(asked.query)):
        raise Refusal(_REFUSED)
    request.path = request.path_info = f"/{asked.model_label}/"
    filters = QueryDict(asked.query, mutable=True)
    for name in _NO_FILTERS:
        filters.pop(name, None)
    request.GET = QueryDict(filters.urlencode())
    try:
        found: ChangeList = page.get_changelist_instance(request)
    except (IncorrectLookupParameters, SuspiciousOperation, ValidationError, ValueError, OverflowError):
        raise Refusal(_REFUSED) from None
    return found


def _request(user: User) -> HttpRequest:
    """What the admin's pages ask for who is looking."""
    request = HttpRequest()
    request.method, request.user = "GET", user
    return request
