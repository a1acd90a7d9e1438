"""What no address may hold."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.privacy.masks import looks_personal


class NumbersInAddressesMiddleware:
    """Search nothing for an ID number or a phone that stands in an address of the admin, and lead away from it.

    Addresses stay in histories and logs. The staff's one box sends what is typed in a form.
    """

    searched = "q"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(reverse("admin:index")):
            return self.get_response(request)
        asked = request.GET.get(self.searched, "")
        if not (asked and looks_personal(asked)):
            return self.get_response(request)
        messages.warning(
            request, _("这里不按证件号码和手机号查找，以免号码留在地址里；请用“查找”框。刚才的内容没有查找。")
        )
        kept = request.GET.copy()
        del kept[self.searched]
        return redirect(f"{request.path}?{kept.urlencode()}" if kept else request.path)
