"""How far the year's plan of spot checks has come; and the laboratories' reports."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.audit.record import Action, record
from core.bodies import takes_files
from core.money import yuan
from core.privacy.scans import TYPES, BadScan, open_scan, scan_limit, take_scan
from core.staff.access import person, staff_page
from merchants.models import LotReport, SamplingLot, SamplingPlan
from merchants.supervision.reports import TooMany, add_report

LOOK, KEEP = "merchants.view_samplinglot", "merchants.change_samplinglot"


@dataclass(frozen=True, slots=True)
class Progress:
    """One category: how many lots were planned, taken, and failed; what they cost, in yuan."""

    title: str
    planned: int
    drawn: int
    failed: int
    cost: str


@require_GET
@staff_page(LOOK)
def sampling(request: HttpRequest, year: int) -> HttpResponse:
    """A year: the plan beside what was drawn, the budget beside what it cost; what is beyond the plan stands by itself."""
    plan = get_object_or_404(SamplingPlan, year=year)
    rows = [_progress(each) for each in _counted(plan)]
    beyond = SamplingLot.objects.filter(sampled_on__year=year, category=None).aggregate(**_SUMS)
    spent = SamplingLot.objects.filter(Q(category__plan=plan)).aggregate(fen=Sum("cost_fen", default=0))[
        "fen"
    ]
    spent += beyond["fen"]
    context = {
        **admin.site.each_context(request),
        "title": _("%s 年抽检计划") % year,
        "plan": plan,
        "rows": rows,
        "planned": sum(row.planned for row in rows),
        "drawn": sum(row.drawn for row in rows),
        "touched": sum(row.drawn > 0 for row in rows),
        "beyond": Progress(_("计划外"), 0, beyond["drawn"], beyond["bad"], yuan(beyond["fen"])),
        "budget": yuan(plan.budget_fen),
        "spent": yuan(spent),
        "left": yuan(plan.budget_fen - spent),
        "over": spent > plan.budget_fen,
        "unpriced": SamplingLot.objects.filter(_of(plan), cost_fen=None).count(),
        "years": SamplingPlan.objects.values_list("year", flat=True),
    }
    return TemplateResponse(request, "merchants/supervision/sampling.html", context)


_SUMS: dict[str, Any] = {
    "drawn": Sum("lots", default=0),
    "bad": Sum("failed", default=0),
    "fen": Sum("cost_fen", default=0),
}


def _of(plan: SamplingPlan) -> Q:
    """The lots of a year: those of its plan, and those beyond it."""
    return Q(category__plan=plan) | Q(category=None, sampled_on__year=plan.year)


def _counted(plan: SamplingPlan) -> Any:
    sums = {name: Sum(f"sampled__{each}", default=0) for name, each in (("drawn", "lots"), ("bad", "failed"))}
    return plan.categories.annotate(
        **sums, fen=Sum("sampled__cost_fen", default=0), n=Count("sampled")
    ).order_by("pk")


def _progress(each: Any) -> Progress:
    return Progress(each.title, each.lots, each.drawn, each.bad, yuan(each.fen))


@takes_files(scan_limit)
@require_http_methods(["GET", "POST"])
@staff_page(LOOK)
def add_report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The reports of a lot, and one more."""
    lot = get_object_or_404(SamplingLot.objects.select_related("merchant"), pk=pk)
    may = request.user.has_perm(KEEP)
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        return _taken(request, lot)
    context = {
        **admin.site.each_context(request),
        "title": _("检验报告：%s") % lot,
        "lot": lot,
        "reports": lot.reports.select_related("added_by"),
        "may": may,
    }
    return TemplateResponse(request, "merchants/supervision/reports.html", context)


def _taken(request: HttpRequest, lot: SamplingLot) -> HttpResponse:
    file = request.FILES.get("report")
    try:
        if file is None:
            raise BadScan(_("请选择检验报告(PDF 或照片)。"))
        scan = take_scan(file, size=file.size or 0)
        add_report(lot=lot, scan=scan, by=person(request), now=timezone.now())
    except (BadScan, TooMany) as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("检验报告已保存。"))
    return redirect("staff-lot-report-new", lot.pk)


@require_GET
@staff_page(LOOK)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """A report as it was sent; that it was taken away is written down."""
    found = get_object_or_404(LotReport.objects.select_related("lot"), pk=pk)
    try:
        content = open_scan(found.name)
    except FileNotFoundError:
        raise Http404 from None
    record(Action.DOWNLOAD, by=person(request), of=found.lot, detail={"file": found.name[:8]})
    end = PurePath(found.name).suffix
    name = f'attachment; filename="report-{found.lot_id}-{found.pk}{end}"'
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=TYPES[end], headers=headers)
