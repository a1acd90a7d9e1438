"""The photos of a trade-in, for staff who may see the record."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from core.audit.record import Action, record
from core.privacy.photos import open_photo, small_copy
from core.staff.access import person, staff_page
from ebikes.models import TradeInPhoto


@require_GET
@staff_page("ebikes.view_tradein")
def photo(request: HttpRequest, pk: int, size: str = "") -> HttpResponse:
    """One photo. The small one shows what it is; the whole one can be read, so it is written down who opened it."""
    found = get_object_or_404(TradeInPhoto, pk=pk, trade_in__isnull=False)
    try:
        jpeg = open_photo(found.name)
    except FileNotFoundError:
        raise Http404 from None
    if size == "small":
        jpeg = small_copy(jpeg)
    else:
        record(Action.VIEW, by=person(request), of=found)
    response = HttpResponse(jpeg, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response
