"""The replays that there are, and a new one: typed, checked, written down, and then gone through by a worker."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.accounts.typed import is_resumed
from core.paging import CappedPaginator
from core.staff.access import person, staff_page
from subsidies.laboratory.pages.forms import NewRunForms
from subsidies.laboratory.services.runs import Busy, Faulty, NotReady, ask_for_run, ask_to_repeat
from subsidies.laboratory.tasks import order_work
from subsidies.models import LaboratoryRun, Scheme
from subsidies.schemes.pages.proposals import page

LOOK, RUN = "subsidies.view_laboratoryrun", "subsidies.add_laboratoryrun"
A_PAGE = 30


@require_GET
@staff_page(LOOK)
def runs(request: HttpRequest) -> HttpResponse:
    """Everybody's replays, the newest first: a link to one opens for all who may look."""
    rows = LaboratoryRun.objects.select_related("scheme", "asked_by").defer("result", "inputs", "variants")
    context = {
        "title": _("政策推演"),
        "runs": CappedPaginator(rows, A_PAGE).get_page(request.GET.get("p")),
        "schemes": Scheme.objects.order_by("-pk"),
        "may_run": request.user.has_perm(RUN),
    }
    return page(request, "subsidies/laboratory/runs.html", context)


@staff_page(RUN)
def new_run(request: HttpRequest, pk: int) -> HttpResponse:
    """A new replay of one scheme."""
    scheme = get_object_or_404(Scheme, pk=pk)
    forms = NewRunForms(request.POST or None, scheme=scheme)
    if (
        request.POST
        and not is_resumed(request)
        and forms.is_valid()
        and (run := _asked(request, scheme, forms))
    ):
        order_work(run)
        return redirect("staff-laboratory-run", run.pk)
    context: dict[str, Any] = {"title": _("新的推演"), "scheme": scheme, "forms": forms}
    return page(request, "subsidies/laboratory/new.html", context)


def _asked(request: HttpRequest, scheme: Scheme, forms: NewRunForms) -> LaboratoryRun | None:
    told = forms.run.cleaned_data
    try:
        return ask_for_run(
            scheme=scheme,
            title=told["title"],
            note=told["note"],
            variants=[each.variant() for each in forms.wanted()],
            by=person(request),
            now=timezone.now(),
        )
    except Faulty as refusal:
        forms.mark(refusal.faults)
    except Busy:
        forms.run.add_error(None, _("您已有几次推演正在进行，请等它们完成。"))
    return None


@staff_page(RUN)
def repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a replay gone through once more, to see that it comes to the same. It changes nothing, and so asks nothing."""
    run = get_object_or_404(LaboratoryRun, pk=pk)
    if request.method != "POST":
        return redirect("staff-laboratory-run", pk)
    try:
        ask_to_repeat(run=run, by=person(request), now=timezone.now())
    except NotReady:
        messages.error(request, _("推演还没有完成，不能复算。"))
    else:
        order_work(run)
    return redirect("staff-laboratory-run", pk)
