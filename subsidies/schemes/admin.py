"""The admin of schemes: a list, and a page that shows how the money stands and what led there."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy

from core.money import yuan
from core.staff.base import ReadOnlyAdmin
from subsidies.models import Scheme
from subsidies.schemes.pages.scheme import scheme_page


@admin.register(Scheme)
class SchemeAdmin(ReadOnlyAdmin):
    watched = False
    list_filter: ClassVar = ["state"]
    list_display: ClassVar = ["name", "code", "state", "funded", "reserved", "paid", "available"]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A scheme's page. It takes nothing: changes are proposed on a page of their own."""
        scheme = self.get_object(request, object_id)
        if request.method != "GET" or not self.has_view_permission(request, scheme):
            raise PermissionDenied
        if scheme is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        context = {**self.admin_site.each_context(request), "opts": self.opts, **scheme_page(request, scheme)}
        return TemplateResponse(request, "subsidies/schemes/scheme.html", context)

    @admin.display(description=gettext_lazy("资金总额(元)"))
    def funded(self, scheme: Scheme) -> str:
        return yuan(scheme.funded_fen)

    @admin.display(description=gettext_lazy("已锁定(元)"))
    def reserved(self, scheme: Scheme) -> str:
        return yuan(scheme.reserved_fen)

    @admin.display(description=gettext_lazy("已发放(元)"))
    def paid(self, scheme: Scheme) -> str:
        return yuan(scheme.paid_fen)

    @admin.display(description=gettext_lazy("可用(元)"))
    def available(self, scheme: Scheme) -> str:
        return yuan(scheme.available_fen)
