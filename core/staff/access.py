"""Pages of the staff beside the admin's own: for those who have a right to them, in the admin's frame."""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from core.models import User

View = Callable[..., HttpResponse]


def staff_page(*rights: str) -> Callable[[View], View]:
    """Let in staff who have any of these rights (`app.verb_model`); others are told that it is not theirs."""

    def guarded(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not any(request.user.has_perm(right) for right in rights):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guard: View = admin.site.admin_view(page)
        guard.rights = rights  # type: ignore[attr-defined]
        return guard

    return guarded


def person(request: HttpRequest) -> User:
    """Who is logged in. Raises TypeError for nobody: the admin lets none in."""
    if not isinstance(request.user, User):
        raise TypeError("the admin is for people who are logged in")
    return request.user
