"""From where one is logged in, on which devices one is known, and ending that."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.accounts import sessions
from core.accounts.session_store import DEVICE, digest
from core.privacy.masks import mask_address
from core.staff.access import person


@never_cache
@require_safe
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """One's own sessions and devices."""
    user, now = person(request), timezone.now()
    here = digest(request.session.session_key)
    rows = [
        {"row": row, "here": row.session_key == here, "address": mask_address(row.address or "")}
        for row in sessions.sessions_of(user, now=now)
    ]
    context = {
        "sessions": sorted(rows, key=lambda each: not each["here"]),
        "devices": sessions.devices_of(user),
        "device_here": request.session.get(DEVICE),
    }
    return render(request, "core/accounts/sessions.html", context)


@require_POST
@login_required
def end(request: HttpRequest, row: str) -> HttpResponse:
    """End one; one's own as well."""
    if row == digest(request.session.session_key):
        logout(request)
        return redirect("login")
    if sessions.end_session(person(request), row, by=person(request)):
        messages.success(request, _("已结束这处登录。"))
    return redirect("sessions")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """End all but this one."""
    user = person(request)
    count = sessions.end_others(user, request.session.session_key, by=user)
    messages.success(request, _("已结束其他 %s 处登录。") % count)
    return redirect("sessions")


@require_POST
@login_required
def forget_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Know a device no more; who is logged in there is out."""
    user = person(request)
    if sessions.forget_device(user, pk, by=user):
        messages.success(request, _("已移除这台设备。"))
    return redirect("sessions")
