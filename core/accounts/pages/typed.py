"""Back to the form that was sent after the session had ended, as it was filled in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.accounts.typed import RESUMED, forget, kept
from core.staff.access import person


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def come_back(request: HttpRequest) -> HttpResponse:
    """Say what was kept, and lead to its form; or, on request, forget it."""
    typed = kept(request.session, person(request), now=timezone.now())
    if typed is None or request.method == "POST":
        forget(request.session)
        said = _("没有保留的内容。") if typed is None else _("保留的内容已清除，没有提交。")
        messages.info(request, said)
        return redirect("admin:index" if person(request).is_staff else "portal")
    return render(request, "core/accounts/typed.html", {"typed": typed, "resumed": RESUMED})
