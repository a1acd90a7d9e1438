"""A file that was sent in: as it is read, what it would do, what became of it; confirmed, dropped or taken back."""

import io
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from core.audit.record import Action, record
from core.content_types import XLSX
from core.paging import CappedPaginator
from core.staff.access import person
from ebikes.importing.file_kinds import may_have_rows
from ebikes.importing.pipeline import BatchNotInPreview
from ebikes.importing.reading import Reading, place, sentences
from ebikes.importing.refusals import TITLES, refusals
from ebikes.importing.report import noted, why, write_refused, write_verdicts
from ebikes.importing.taking_back import REGISTERS
from ebikes.models import ImportBatch, ImportRow
from merchants.models import Merchant
from subsidies.intake.pages.columns import columns_asked, meanings_in_words
from subsidies.intake.pages.senders import batch_of, may_send, shown
from subsidies.intake.pages.staff_preview import (
    ask_to_confirm,
    ask_to_discard,
    ask_to_take_back,
    effect_on_owners,
    effect_on_queue,
)
from subsidies.intake.selectors.claims_of_rows import claims_of_rows
from subsidies.intake.selectors.displaced import shut_for
from subsidies.intake.services.confirm_import import confirm_import, discard_import, open_claims_behind
from subsidies.schemes.selectors.current import NoScheme, SchemesShut

PAGE = 50
NOTED = ("noted", gettext_lazy("接受，但有说明"))
State = ImportBatch.State


@login_required
@require_GET
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The batch as it stands: being read, to be confirmed, or done; with its rows."""
    batch, user, merchant = batch_of(request, pk)
    if request.headers.get("HX-Request") and batch.state != State.READING:
        return HttpResponseClientRefresh()  # what was waited for is there
    asked = columns_asked(batch)
    context = {
        "batch": batch,
        "sends": may_send(user),
        "has_rows": merchant is not None or may_have_rows(batch, user),
        "reading": Reading.of(batch),
        "sentences": sentences(batch, columns=not asked),
        "meanings": meanings_in_words(batch.columns) if batch.columns else (),
        "columns": asked,
        **_rows(request, batch, merchant),
        **_queue(request, batch, merchant),
        **effect_on_owners(request, batch),
        "may_be_taken_back": batch.state == State.CONFIRMED and batch.kind in REGISTERS,
    }
    return shown(
        request, "subsidies/intake/imports/batch.html", context, merchant=merchant, title=batch.file_name
    )


def _rows(request: HttpRequest, batch: ImportBatch, merchant: Merchant | None) -> dict[str, Any]:
    """A page of the verdicts, those of one kind where they are asked for; and the refused ones by their reasons."""
    verdict, reason = request.GET.get("verdict", ""), request.GET.get("reason", "")
    rows, with_note = ImportRow.objects.filter(batch=batch), noted(batch)
    notes = with_note.count()
    if verdict in ImportRow.Verdict.values:
        rows = rows.filter(verdict=verdict)
    elif verdict == NOTED[0]:
        rows = with_note
    if reason in TITLES:
        rows = rows.filter(reason=reason)
    page = CappedPaginator(rows.order_by("line").defer("cells"), PAGE).get_page(request.GET.get("page"))
    links = _claim_links(request, batch, page, merchant)
    return {
        "page": page,
        "rows": [(row, place(batch, row.line), why(row), links.get(row.line, "")) for row in page],
        "refusals": [
            (each, [(place(batch, row.line), row.record_no, why(row)) for row in each.first])
            for each in refusals(batch)
        ],
        "verdict": verdict,
        "noted": notes,
        "verdicts": [*ImportRow.Verdict.choices, *([NOTED] if notes or verdict == NOTED[0] else [])],
    }


def _claim_links(
    request: HttpRequest, batch: ImportBatch, rows: Iterable[ImportRow], merchant: Merchant | None
) -> dict[int, str]:
    """Where each accepted row has gone, for whoever may look there."""
    if merchant is None and not person(request).has_perm("subsidies.view_claim"):
        return {}
    name = "portal-claim" if merchant else "admin:subsidies_claim_change"
    return {line: reverse(name, args=[claim]) for line, claim in claims_of_rows(batch, rows).items()}


def _queue(request: HttpRequest, batch: ImportBatch, merchant: Merchant | None) -> dict[str, Any]:
    """What confirming would do to the queue: a number for the merchant, claim by claim for staff, and once a look."""
    if batch.state != State.PREVIEW or batch.kind != ImportBatch.Kind.TRADE_INS:
        return {}
    if shut := shut_for(batch):
        return {"shut": SchemesShut(shut).sentence}
    if merchant is None and not request.GET.keys() & {"verdict", "page"}:
        found = effect_on_queue(request, batch)
        if found["displaced"] is None or found["displaced"].moved is not None:
            return found
        return found | {"behind": open_claims_behind(batch)}
    return {"behind": open_claims_behind(batch), "elsewhere": merchant is None}


def _only_looked(batch: ImportBatch) -> HttpResponse:
    """Whoever comes by the way back, after it has been done, is led to the file; before, nothing is done by a look."""
    if batch.state == State.PREVIEW:
        return HttpResponseNotAllowed(["POST"])
    return redirect("import", pk=batch.pk)


@login_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Make it live. Staff are asked first; a merchant sees all there is to know on the page with the button."""
    batch, user, merchant = batch_of(request, pk, sends=True)
    if merchant is None and batch.state == State.PREVIEW:
        return ask_to_confirm(request, batch)
    if request.method == "GET":
        return _only_looked(batch)
    try:
        confirm_import(batch=batch, by=user, now=timezone.now())
    except BatchNotInPreview:
        messages.error(request, _("这个文件已经确认或撤销过了，没有重复导入。"))
    except NoScheme:
        messages.error(request, _("还没有补贴方案，无法受理淘汰置换记录。"))
    except SchemesShut as shut:
        messages.error(request, shut.sentence)
    else:
        messages.success(request, _("已确认导入，正在向两个系统核验。"))
    return redirect("import", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop it. Staff are asked first."""
    batch, user, merchant = batch_of(request, pk, sends=True)
    if merchant is None and batch.state == State.PREVIEW:
        return ask_to_discard(request, batch)
    if request.method == "GET":
        return _only_looked(batch)
    try:
        discard_import(batch=batch, by=user, now=timezone.now())
    except BatchNotInPreview:
        messages.error(request, _("这个文件已经确认或撤销过了。"))
    else:
        messages.success(request, _("已撤销，没有任何记录被导入。"))
    return redirect("import", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a confirmed file of a register. Staff only, asked first."""
    batch, _user, merchant = batch_of(request, pk, sends=True)
    if merchant is not None or batch.state != State.CONFIRMED or batch.kind not in REGISTERS:
        return redirect("import", pk=pk)
    return ask_to_take_back(request, batch)


@login_required
@require_GET
def verdicts(request: HttpRequest, pk: int) -> HttpResponse:
    """Every row's verdict as a file; `?refused` gives the refused rows, `?refused=phone` those of one reason, to correct."""
    batch, user, merchant = batch_of(request, pk)
    refused = "refused" in request.GET
    if refused and merchant is None and not may_have_rows(batch, user):
        raise PermissionDenied
    reason = request.GET.get("refused", "")
    only = reason if reason in TITLES else ""
    name = f"refused-{batch.pk}{only and f'-{only}'}.xlsx" if refused else f"verdicts-{batch.pk}.csv"
    record(Action.DOWNLOAD, by=user, of=batch, detail={"file": name})
    if refused:
        workbook = io.BytesIO()
        write_refused(batch, workbook, reason=only)
        response = HttpResponse(workbook.getvalue(), content_type=XLSX)
    else:
        text = io.StringIO()
        write_verdicts(batch, text)
        # The mark in front is how spreadsheets know UTF-8.
        response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
