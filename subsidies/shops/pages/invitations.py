"""What one of the staff invites to a shop, another confirms."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.shanghai import to_the_minute
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, Question, ask_first
from merchants.models import Invitation
from merchants.team.invitations import NotTheirsToInvite, confirm, waiting_invitations

REFUSALS: dict[type[Exception], object] = {
    NotTheirsToInvite: gettext_lazy(
        "须由邀请人以外的另一名工作人员确认；已确认、已使用或已过期的邀请不再确认。"
    )
}


@staff_page("merchants.add_invitation")
def confirm_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who is invited to be what, and by whom; then the link opens."""
    found = get_object_or_404(Invitation.objects.select_related("merchant", "invited_by"), pk=pk)
    back = reverse("admin:merchants_invitation_change", args=[found.pk])

    def do(_told: dict[str, Any]) -> str:
        confirm(invitation=found, by=person(request), now=timezone.now())
        return _("已确认，邀请链接现在可以使用。")

    theirs = waiting_invitations(now=timezone.now()).filter(pk=found.pk).exclude(invited_by=person(request))
    possible = theirs.exists()
    effect = Effect(
        _("确认后，持有链接的人可以注册账号，并以这个角色进入商户。")
        if possible
        else str(REFUSALS[NotTheirsToInvite]),
        [
            (_("商户"), found.merchant),
            (_("姓名"), found.name),
            (_("角色"), found.get_role_display()),
            (_("邀请人"), found.invited_by),
            (_("有效期至"), to_the_minute(found.expires_at)),
        ],
        possible=possible,
    )
    question = Question(_("确认邀请"), effect, do, refusals=REFUSALS, back=back)
    return ask_first(request, question) or redirect(back)
