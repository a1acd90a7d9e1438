"""The admin of publicity: kept by whoever keeps the shops."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget

from core.audit.record import Action, record
from core.bodies import takes_files
from core.exports.resources import Exportable
from core.privacy.proofs import LIMIT_MB, ProofField
from core.shanghai import today
from core.staff.access import person, staff_page
from core.staff.base import StaffAdmin
from merchants.models import Publicity
from merchants.publicity.resources import PublicityResource


class PublicityForm(forms.ModelForm):  # type: ignore[type-arg]
    """With a file that proves it."""

    file = ProofField(
        label=gettext_lazy("证明文件"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy(
            "照片、截图、印制单等，PDF、图片、DOCX、XLSX 或 ZIP，不超过 5 MB；留空则不改动。"
        ),
    )

    class Meta:
        model = Publicity
        exclude: ClassVar[list[str]] = []

    def save(self, commit: bool = True) -> Any:
        self.instance.attach(self.cleaned_data.get("file"))
        return super().save(commit)


@admin.register(Publicity)
class PublicityAdmin(Exportable, StaffAdmin):
    resource_classes: ClassVar = [PublicityResource]
    form = PublicityForm
    asks_district = True
    list_display: ClassVar = ["began_on", "kind", "title", "count", "channel", "done_by", "proved"]
    list_display_links: ClassVar = ["began_on", "title"]
    list_filter: ClassVar = ["kind"]
    list_defer: ClassVar = ("proof",)
    search_fields: ClassVar = ["title", "channel", "done_by"]
    fieldsets: ClassVar = [
        (None, {"fields": ["kind", "title", "count", "channel", ("began_on", "ended_on"), "done_by"]}),
        (gettext_lazy("证明"), {"fields": ["address", "file", "proved", "note"]}),
    ]
    readonly_fields: ClassVar = ["proved"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"began_on": today(), **super().get_changeform_initial_data(request)}

    def get_urls(self) -> list[Any]:
        own = path("<int:pk>/proof/", publicity_proof, name="merchants_publicity_proof")
        return [own, *super().get_urls()]

    @takes_files(lambda: LIMIT_MB * 2**20)
    def add_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().add_view(*args, **kwargs)
        return response

    @takes_files(lambda: LIMIT_MB * 2**20)
    def change_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().change_view(*args, **kwargs)
        return response

    @admin.display(description=gettext_lazy("证明文件"))
    def proved(self, row: Publicity) -> str:
        if not row.proof_name:
            return "–"
        address = reverse("admin:merchants_publicity_proof", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, row.proof_name)


@staff_page("merchants.view_publicity")
def publicity_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """The file that proves it; that it was taken away is written down."""
    row = get_object_or_404(Publicity.objects.exclude(proof_name=""), pk=pk)
    record(Action.DOWNLOAD, by=person(request), of=row)
    return row.download()
