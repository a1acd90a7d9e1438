"""The admin of merchants, agent points and trainings."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from merchants.admin.tables import AgentPointResource, MerchantResource, TrainingResource
from merchants.exporting import Exportable
from merchants.forms import LinkForm, StaffInviteForm
from merchants.invitations import invite
from merchants.models import (
    AgentAuthorization,
    AgentPoint,
    CommitmentLetter,
    Merchant,
    Training,
    User,
)
from merchants.views.accounts import invitation_link


class AuthorizationInline(TabularInline):  # type: ignore[misc]
    model = AgentAuthorization
    exclude: ClassVar = ["content_index"]
    extra = 0


class LetterInline(TabularInline):  # type: ignore[misc]
    model = CommitmentLetter
    extra = 0


@admin.register(Merchant)
class MerchantAdmin(Exportable, ModelAdmin):  # type: ignore[misc]
    resource_classes: ClassVar = [MerchantResource]
    list_display: ClassVar = ["name", "uscc", "subdistrict", "registered_on", "trade_in_enabled_on"]
    list_filter: ClassVar = ["subdistrict"]
    search_fields: ClassVar = ["uscc", "name"]
    exclude: ClassVar = ["content_index"]
    inlines: ClassVar = [LetterInline]
    actions_detail: ClassVar = ["invite_people"]

    def has_invite_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may invite people to merchants."""
        return request.user.has_perm("merchants.add_invitation")

    @action(description=gettext_lazy("邀请商户人员"), url_path="invite", permissions=["invite"])  # type: ignore[untyped-decorator]
    def invite_people(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask who shall come; the page that answers shows the link, once."""
        merchant = self.get_object(request, unquote(object_id))
        if merchant is None:
            raise Http404
        form, link = StaffInviteForm(request.POST or None), None
        if form.is_valid() and isinstance(request.user, User):
            token = invite(merchant=merchant, **form.cleaned_data, by=request.user, now=timezone.now())
            link = LinkForm(invitation_link(request, token), widget=UnfoldAdminTextInputWidget)
        context = {
            **self.admin_site.each_context(request),
            "title": _("邀请 %s 的人员") % merchant,
            "opts": self.opts,
            "form": form,
            "link": link,
        }
        return TemplateResponse(request, "accounts/admin_invite.html", context)


@admin.register(AgentPoint)
class AgentPointAdmin(Exportable, ModelAdmin):  # type: ignore[misc]
    resource_classes: ClassVar = [AgentPointResource]
    list_display: ClassVar = ["point_no", "merchant"]
    list_select_related: ClassVar = ["merchant"]
    search_fields: ClassVar = ["point_no", "merchant__name", "merchant__uscc"]
    autocomplete_fields: ClassVar = ["merchant"]
    inlines: ClassVar = [AuthorizationInline]


@admin.register(Training)
class TrainingAdmin(Exportable, ModelAdmin):  # type: ignore[misc]
    resource_classes: ClassVar = [TrainingResource]
    list_display: ClassVar = ["title", "held_on", "place"]
    search_fields: ClassVar = ["title", "place"]
    autocomplete_fields: ClassVar = ["attended_by"]
