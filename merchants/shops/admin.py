"""The admin of merchants: what each has and lacks."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from core.exports.resources import Exportable
from core.models import User
from core.shanghai import today
from core.staff.base import KeptInline
from core.staff.import_button import ImportButton
from core.staff.marks import mark, since, standing_mark, two_lines
from core.staff.staff_list import StaffList
from merchants.models import CommitmentLetter, Merchant
from merchants.shops.admin_filters import StandingFilter, SubdistrictFilter
from merchants.shops.resources import MerchantResource
from merchants.shops.standing import with_standing
from merchants.team.forms import LinkForm, StaffInviteForm
from merchants.team.invitations import invite
from merchants.team.pages import invitation_link


class LetterInline(KeptInline):
    """Letters on paper are entered here; one that was signed on line says who did."""

    model = CommitmentLetter
    hide_title = True
    fields: ClassVar = ["text_version", "signed_on", "signer", "posted_at", "signed_at", "signed_by"]
    readonly_fields: ClassVar = ["signed_at", "signed_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CommitmentLetter]:
        return super().get_queryset(request).select_related("signed_by")  # type: ignore[no-any-return]


class MerchantList(StaffList):
    """Each row leads to the merchant's page; from there its own data is edited."""

    def url_for_result(self, result: Model) -> str:
        return reverse("staff-merchant", args=[result.pk])


@admin.register(Merchant)
class MerchantAdmin(Exportable, ImportButton):
    """The list says what each merchant has and lacks; its name leads to everything about it."""

    resource_classes: ClassVar = [MerchantResource]
    import_kind = "merchants"
    asks_district = True
    list_display: ClassVar = ["named", "platform", "letter", "authorised_points", "training", "inspection"]
    list_filter: ClassVar = [StandingFilter, SubdistrictFilter]
    search_fields: ClassVar = ["uscc", "name"]
    exclude: ClassVar = ["content_index"]
    inlines: ClassVar = [LetterInline]
    actions_detail: ClassVar = ["overview", "enable", "invite_people"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        return with_standing(super().get_queryset(request), day=today())

    def get_readonly_fields(self, request: HttpRequest, obj: Merchant | None = None) -> list[str]:
        """The day of enabling decides about money: it is set by its verb once the merchant is there, or by a file."""
        return ["trade_in_enabled_on"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MerchantList

    @admin.display(description=gettext_lazy("商户"), ordering="name")
    def named(self, merchant: Merchant) -> str:
        return two_lines(
            merchant.name, format_html("<small>{} {}</small>", merchant.uscc, merchant.subdistrict)
        )

    @admin.display(description=gettext_lazy("注册和开通"), ordering="trade_in_enabled_on")
    def platform(self, merchant: Merchant) -> str:
        enabled_on = merchant.trade_in_enabled_on
        return two_lines(
            mark(merchant.registered_on, _("%s 注册"), _("未注册")),
            mark(
                enabled_on, _("%s 开通"), _("未开通"), good=enabled_on is not None and enabled_on <= today()
            ),
        )

    @admin.display(description=gettext_lazy("承诺书"))
    def letter(self, merchant: Merchant) -> str:
        signed_on, posted_at = merchant.signed_on, merchant.posted_at  # type: ignore[attr-defined]
        return two_lines(mark(signed_on, _("%s 签订"), _("未签")), mark(posted_at, _("%s 上墙"), _("未上墙")))

    @admin.display(description=gettext_lazy("有效代办点"))
    def authorised_points(self, merchant: Merchant) -> str:
        points: int = merchant.points  # type: ignore[attr-defined]
        return standing_mark(str(points), good=points > 0)

    @admin.display(description=gettext_lazy("最近培训"))
    def training(self, merchant: Merchant) -> str:
        return since(merchant.trained_on, _("未培训"))  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("最近检查"))
    def inspection(self, merchant: Merchant) -> str:
        faults: int = merchant.open_faults  # type: ignore[attr-defined]
        found = since(merchant.inspected_on, _("未检查"))  # type: ignore[attr-defined]
        return two_lines(found, standing_mark(_("%s 次待整改") % faults, good=False)) if faults else found

    @action(
        description=gettext_lazy("商户概况"), url_path="overview", icon="storefront", permissions=["view"]
    )  # type: ignore[untyped-decorator]
    def overview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-merchant", self.key_of(request, object_id))

    def has_enable_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may say from which day the trade-in function is enabled."""
        return request.user.has_perm("merchants.change_merchant")

    @action(
        description=gettext_lazy("设定开通日期"),
        url_path="enable",
        icon="event_available",
        permissions=["enable"],
    )  # type: ignore[untyped-decorator]
    def enable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("staff-merchant-enable", self.key_of(request, object_id))

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
        return TemplateResponse(request, "merchants/team/admin_invite.html", context)
