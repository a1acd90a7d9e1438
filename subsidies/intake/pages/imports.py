"""Sending a file in: upload, progress, preview with every row's verdict, confirm or discard. Merchants and staff alike."""

import io
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from core.audit.record import Action, record
from core.models import User
from core.paging import CappedPaginator
from ebikes.importing.file_kinds import file_kinds_for, may_have_rows
from ebikes.importing.guide import guide
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.pipeline import BatchNotInPreview, open_batch
from ebikes.importing.reading import place, sentences
from ebikes.importing.report import noted, why, write_refused, write_verdicts
from ebikes.importing.tasks import keep_upload, order_reading
from ebikes.importing.template import template_xlsx
from ebikes.models import ImportBatch, ImportRow
from merchants.models import Membership, Merchant
from subsidies.intake.pages.staff_preview import ask_to_confirm, ask_to_discard, effect_on_queue, frame
from subsidies.intake.services.confirm_import import confirm_import, discard_import, open_claims_behind
from subsidies.schemes.selectors.current import NoScheme

PAGE, NEWEST = 50, 10
NOTED = ("noted", gettext_lazy("接受，但有说明"))
LOOK, SEND = "ebikes.view_importbatch", "ebikes.add_importbatch"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    """A file, and for staff what it holds; merchants send trade-ins only."""

    kind = forms.ChoiceField(label=gettext_lazy("内容"), choices=ImportBatch.Kind.choices)
    file = forms.FileField(label=gettext_lazy("文件(XLSX 或 CSV)"))

    def __init__(self, *args: object, kinds: Sequence[ImportBatch.Kind] | None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if kinds is None:
            del self.fields["kind"]
        else:
            self.fields["kind"] = forms.ChoiceField(
                label=self.fields["kind"].label, choices=[(kind.value, kind.label) for kind in kinds]
            )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_LIMIT_MB * 2**20:
            raise forms.ValidationError(_("文件超过 %s MB 的上限，请分成几个文件") % settings.UPLOAD_LIMIT_MB)
        return file


def _sender(request: HttpRequest, *, sends: bool = False) -> tuple[User, Merchant | None]:
    """Who looks or sends: staff for any merchant, by their role; a member for its own. Others find nothing here."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    membership = Membership.objects.filter(user=user).select_related("merchant").first()
    if membership is None and not user.is_staff:
        raise Http404
    if membership is None and not user.has_perm(SEND if sends else LOOK):
        raise PermissionDenied
    return user, membership.merchant if membership else None


def _may_send(user: User) -> bool:
    return user.has_perm(SEND) or Membership.objects.filter(user=user).exists()


def _batch(
    request: HttpRequest, pk: int, *, sends: bool = False
) -> tuple[ImportBatch, User, Merchant | None]:
    user, merchant = _sender(request, sends=sends)
    return get_object_or_404(_batches(user, merchant), pk=pk), user, merchant


def _batches(user: User, merchant: Merchant | None) -> QuerySet[ImportBatch]:
    """A merchant's own; staff's by kind: whose trade-ins somebody may not see, of those he sees no file either."""
    if merchant is not None:
        return ImportBatch.objects.filter(merchant=merchant)
    return ImportBatch.objects.filter(kind__in=file_kinds_for(user))


@login_required
def imports(request: HttpRequest) -> HttpResponse:
    """The form, and what was sent before."""
    user, merchant = _sender(request, sends=request.method == "POST")
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    kinds = None if merchant else file_kinds_for(user)
    form = UploadForm(*sent, kinds=kinds, initial={"kind": request.GET.get("kind")})
    if form.is_valid():
        file = form.cleaned_data["file"]
        kind = form.cleaned_data.get("kind", ImportBatch.Kind.TRADE_INS)
        batch = open_batch(file_name=file.name, kind=kind, by=user, merchant=merchant, now=timezone.now())
        keep_upload(batch, file)
        order_reading(batch)
        return redirect("import", pk=batch.pk)
    batches = _batches(user, merchant).filter(source=ImportBatch.Source.FILE).select_related("uploaded_by")
    context = {
        "form": form,
        "page": CappedPaginator(batches, PAGE if merchant else NEWEST).get_page(request.GET.get("page")),
        "merchant": merchant,
        "guides": [(kind, LAYOUTS[kind].title, guide(LAYOUTS[kind])) for kind in kinds or ()],
        "kind": form["kind"].value() if merchant is None else "",
        "sends": _may_send(user),
    }
    return _page(request, "subsidies/intake/imports/list.html", context, merchant=merchant, title=_("导入"))


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], *, merchant: Merchant | None, title: str
) -> HttpResponse:
    """The same page in the frame of whoever looks: the portal's, or the admin's."""
    around = {"base": "base.html"} if merchant else frame(request, title)
    return render(request, name, {**around, **context})


@login_required
@require_GET
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The batch as it stands: being read, to be confirmed, or done; with its rows."""
    batch, user, merchant = _batch(request, pk)
    if request.headers.get("HX-Request") and batch.state != ImportBatch.State.READING:
        return HttpResponseClientRefresh()  # what was waited for is there
    verdict = request.GET.get("verdict", "")
    rows = ImportRow.objects.filter(batch=batch).order_by("line").defer("cells")
    with_note = noted(batch)
    notes = with_note.count()
    if verdict in ImportRow.Verdict.values:
        rows = rows.filter(verdict=verdict)
    elif verdict == NOTED[0]:
        rows = with_note.order_by("line").defer("cells")
    page = CappedPaginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "page": page,
        "rows": [(row, place(batch, row.line), why(row)) for row in page],
        "said": sentences(batch),
        "verdict": verdict,
        "noted": notes,
        "verdicts": [*ImportRow.Verdict.choices, *([NOTED] if notes or verdict == NOTED[0] else [])],
        "sends": _may_send(user),
        "has_rows": merchant is not None or may_have_rows(batch, user),
        **_queue(request, batch, merchant),
    }
    return _page(
        request, "subsidies/intake/imports/batch.html", context, merchant=merchant, title=batch.file_name
    )


def _queue(request: HttpRequest, batch: ImportBatch, merchant: Merchant | None) -> dict[str, Any]:
    """What confirming would do to the queue: a number for the merchant, claim by claim for staff, and once a look."""
    if batch.state != ImportBatch.State.PREVIEW or batch.kind != ImportBatch.Kind.TRADE_INS:
        return {}
    if merchant is None and not request.GET.keys() & {"verdict", "page"}:
        found = effect_on_queue(request, batch)
        if found["displaced"] is None or found["displaced"].moved is not None:
            return found
        return found | {"behind": open_claims_behind(batch)}
    return {"behind": open_claims_behind(batch), "elsewhere": merchant is None}


def _only_looked(batch: ImportBatch) -> HttpResponse:
    """Whoever comes by the way back, after it has been done, is led to the file; before, nothing is done by a look."""
    if batch.state == ImportBatch.State.PREVIEW:
        return HttpResponseNotAllowed(["POST"])
    return redirect("import", pk=batch.pk)


@login_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Make it live. Staff are asked first; a merchant sees all there is to know on the page with the button."""
    batch, user, merchant = _batch(request, pk, sends=True)
    if merchant is None and batch.state == ImportBatch.State.PREVIEW:
        return ask_to_confirm(request, batch)
    if request.method == "GET":
        return _only_looked(batch)
    try:
        confirm_import(batch=batch, by=user, now=timezone.now())
    except BatchNotInPreview:
        messages.error(request, _("这个文件已经确认或撤销过了，没有重复导入。"))
    except NoScheme:
        messages.error(request, _("还没有补贴方案，无法受理淘汰置换记录。"))
    else:
        messages.success(request, _("已确认导入，正在向两个系统核验。"))
    return redirect("import", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop it. Staff are asked first."""
    batch, user, merchant = _batch(request, pk, sends=True)
    if merchant is None and batch.state == ImportBatch.State.PREVIEW:
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
@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The empty table of one kind; a merchant's is that of trade-ins."""
    user, merchant = _sender(request)
    if kind not in (file_kinds_for(user) if merchant is None else [ImportBatch.Kind.TRADE_INS]):
        raise Http404
    response = HttpResponse(template_xlsx(kind), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{kind}.xlsx"'
    return response


@login_required
@require_GET
def verdicts(request: HttpRequest, pk: int) -> HttpResponse:
    """Every row's verdict as a file; `?refused` gives the refused rows themselves, to correct and send again."""
    batch, user, merchant = _batch(request, pk)
    refused = "refused" in request.GET
    if refused and merchant is None and not may_have_rows(batch, user):
        raise PermissionDenied
    name = f"refused-{batch.pk}.xlsx" if refused else f"verdicts-{batch.pk}.csv"
    record(Action.DOWNLOAD, by=user, now=timezone.now(), of=batch, detail={"file": name})
    if refused:
        workbook = io.BytesIO()
        write_refused(batch, workbook)
        response = HttpResponse(workbook.getvalue(), content_type=XLSX)
    else:
        text = io.StringIO()
        write_verdicts(batch, text)
        # The mark in front is how spreadsheets know UTF-8.
        response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
