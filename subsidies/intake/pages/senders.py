"""Who sends files and sees them: staff for any merchant, by their role; a shop's people for their own."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.models import User
from ebikes.importing.file_kinds import file_kinds_for
from ebikes.models import ImportBatch
from merchants.models import Membership, Merchant
from subsidies.intake.pages.staff_preview import frame

LOOK, SEND = "ebikes.view_importbatch", "ebikes.add_importbatch"


def sender(request: HttpRequest, *, sends: bool = False) -> tuple[User, Merchant | None]:
    """Who looks or sends, and of the shop's people which shop. Others find nothing here (Http404)."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    membership = Membership.objects.filter(user=user).select_related("merchant").first()
    if membership is None and not user.is_staff:
        raise Http404
    if membership is None and not user.has_perm(SEND if sends else LOOK):
        raise PermissionDenied
    return user, membership.merchant if membership else None


def may_send(user: User) -> bool:
    """Whether this person sends files, and does not only look at them."""
    return user.has_perm(SEND) or Membership.objects.filter(user=user).exists()


def batch_of(
    request: HttpRequest, pk: int, *, sends: bool = False
) -> tuple[ImportBatch, User, Merchant | None]:
    """A file that this person may see, with who it is and of which shop."""
    user, merchant = sender(request, sends=sends)
    return get_object_or_404(batches_of(user, merchant), pk=pk), user, merchant


def batches_of(user: User, merchant: Merchant | None) -> QuerySet[ImportBatch]:
    """A merchant's own; staff's by kind: whose trade-ins somebody may not see, of those he sees no file either."""
    if merchant is not None:
        return ImportBatch.objects.filter(merchant=merchant)
    return ImportBatch.objects.filter(kind__in=file_kinds_for(user))


def shown(
    request: HttpRequest, name: str, context: dict[str, Any], *, merchant: Merchant | None, title: str
) -> HttpResponse:
    """The same page in the frame of whoever looks: the portal's, or the admin's."""
    around = {"base": "base.html"} if merchant else frame(request, title)
    return render(request, name, {**around, **context})
