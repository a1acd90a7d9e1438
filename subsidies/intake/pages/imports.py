"""Sending a file in: the form, the template, and what was sent before. Merchants and staff alike."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.bodies import takes_files
from core.content_types import XLSX
from core.districts.chooser import InDistrictForm, in_district
from core.paging import CappedPaginator
from ebikes.importing.file_kinds import file_kinds_for
from ebikes.importing.guide import guide
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.pipeline import open_batch
from ebikes.importing.tasks import order_reading
from ebikes.importing.template import template_xlsx
from ebikes.importing.uploads import keep_upload
from ebikes.models import ImportBatch
from subsidies.intake.pages.columns import remembered_columns
from subsidies.intake.pages.senders import batches_of, may_send, sender, shown

PAGE, NEWEST = 50, 10


class UploadForm(InDistrictForm):
    """A file, and for staff what it holds; merchants send trade-ins only."""

    kind = forms.ChoiceField(label=gettext_lazy("内容"), choices=ImportBatch.Kind.choices)
    file = forms.FileField(label=gettext_lazy("文件(XLSX、XLS 或 CSV)"))

    def __init__(self, *args: object, kinds: Sequence[ImportBatch.Kind] | None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
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


@takes_files(lambda: settings.UPLOAD_LIMIT_MB * 2**20)
@login_required
def imports(request: HttpRequest) -> HttpResponse:
    """The form, and what was sent before."""
    user, merchant = sender(request, sends=request.method == "POST")
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    kinds = None if merchant else file_kinds_for(user)
    form = UploadForm(*sent, kinds=kinds, initial={"kind": request.GET.get("kind")})
    if form.is_valid():
        file = form.cleaned_data["file"]
        kind = form.cleaned_data.get("kind", ImportBatch.Kind.TRADE_INS)
        with in_district(form.cleaned_data):
            batch = open_batch(file_name=file.name, kind=kind, by=user, merchant=merchant, now=timezone.now())
        keep_upload(batch, file)
        order_reading(batch)
        return redirect("import", pk=batch.pk)
    batches = batches_of(user, merchant).filter(source=ImportBatch.Source.FILE).select_related("uploaded_by")
    context = {
        "form": form,
        "page": CappedPaginator(batches, PAGE if merchant else NEWEST).get_page(request.GET.get("page")),
        "merchant": merchant,
        "guides": [(kind, LAYOUTS[kind].title, guide(LAYOUTS[kind])) for kind in kinds or ()],
        "kind": form["kind"].value() if merchant is None else "",
        "sends": may_send(user),
        "remembered": remembered_columns(kinds or [ImportBatch.Kind.TRADE_INS], merchant),
    }
    return shown(request, "subsidies/intake/imports/list.html", context, merchant=merchant, title=_("导入"))


@login_required
@require_GET
def import_guide(request: HttpRequest) -> HttpResponse:
    """How to prepare a file: what spreadsheets do to numbers, which rows and columns are read."""
    user, merchant = sender(request)
    kinds = [ImportBatch.Kind.TRADE_INS] if merchant else file_kinds_for(user)
    guides = [(kind, LAYOUTS[kind].title, guide(LAYOUTS[kind])) for kind in kinds]
    context = {"guides": guides, "merchant": merchant}
    return shown(
        request, "subsidies/intake/imports/guide.html", context, merchant=merchant, title=_("怎样准备文件")
    )


@login_required
@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The empty table of one kind; a merchant's is that of trade-ins."""
    user, merchant = sender(request)
    if kind not in (file_kinds_for(user) if merchant is None else [ImportBatch.Kind.TRADE_INS]):
        raise Http404
    response = HttpResponse(template_xlsx(kind, merchant=merchant), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{kind}.xlsx"'
    return response
