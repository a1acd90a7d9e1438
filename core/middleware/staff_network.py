"""Where an office says so, staff work from its networks only."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.accounts.networks import may_be_staff
from core.models import User


class StaffNetworkMiddleware:
    """From outside of `settings.STAFF_NETWORKS` show neither the admin to anybody, nor anything but the way out to staff."""

    allowed = frozenset({"home", "logout", "set_language", "healthz"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """Refuse, and say why."""
        match, user = request.resolver_match, request.user
        inside = request.path.startswith(reverse("admin:index"))
        staff = isinstance(user, User) and user.is_of_office
        way_out = match is not None and match.url_name in self.allowed and not inside
        if way_out or not (inside or staff) or may_be_staff(request):
            return None
        context = {"title": _("没有权限"), "lead": _("工作人员的页面只能在单位指定的网络打开。")}
        return render(request, "error.html", context, status=HTTPStatus.FORBIDDEN)
