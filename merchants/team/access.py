"""Who may open a page of the portal: decorators that hand the merchant to the view."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from merchants.models import Membership

View = Callable[..., HttpResponse]


def member_only(view: View) -> View:
    """Let in the members of a merchant; staff go to their own side, and others find nothing here."""
    return _guarded(view, roles=set(Membership.Role))


def owner_only(view: View) -> View:
    """Let in the merchant's owner (负责人); its clerks are told that this is not theirs."""
    return _guarded(view, roles={Membership.Role.OWNER})


def _guarded(view: View, *, roles: set[Membership.Role]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        membership = Membership.objects.filter(user=request.user.pk).select_related("merchant").first()
        if membership is None and getattr(request.user, "is_staff", False):
            return redirect("admin:index")
        if membership is None:
            raise Http404
        if membership.role not in roles:
            raise PermissionDenied
        return view(request, membership.merchant, *args, **kwargs)

    return login_required(guarded)
