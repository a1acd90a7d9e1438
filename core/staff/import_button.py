"""Lists that can be filled from a file."""

from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from core.staff.base import StaffAdmin


class ImportButton(StaffAdmin):
    """A list with a button that leads to the import of its kind of file."""

    import_kind: ClassVar[str]
    actions_list: ClassVar = ["import_file"]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whether this person may send files."""
        return request.user.has_perm("ebikes.add_importbatch")

    @action(description=gettext_lazy("导入"), url_path="import", icon="upload_file", permissions=["import"])  # type: ignore[untyped-decorator]
    def import_file(self, request: HttpRequest) -> HttpResponse:
        return redirect(f"{reverse('imports')}?kind={self.import_kind}")
