"""Accounts: accepting an invitation, the merchant's people."""

from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from core.accounts.throttle import Rule, TooMany, blocked_until, count_attempt, minutes_until
from core.audit.client_address import client_address
from core.models import User
from merchants.models import Membership, Merchant
from merchants.team.access import owner_only
from merchants.team.forms import AcceptForm, InviteForm, LinkForm
from merchants.team.invitations import (
    ExpiredInvitation,
    InvitationRefused,
    UnknownInvitation,
    UnsuitableUsername,
    UsedInvitation,
    UsernameTaken,
    WaitingInvitation,
    WeakPassword,
    accept,
    invite,
    open_invitation,
)
from merchants.team.members import NotTheirs, deactivate, members_of, open_invitations

GUESSES = Rule(
    "invitation", limit=20, period=timedelta(minutes=30)
)  # links that nobody was given, by address
REFUSALS: dict[type[InvitationRefused], object] = {
    UnknownInvitation: gettext_lazy("没有这个邀请：请核对链接是否完整，或请邀请您的人重新发送。"),
    ExpiredInvitation: gettext_lazy("邀请已失效：请联系邀请您的人重新邀请。"),
    WaitingInvitation: gettext_lazy("邀请尚待另一名工作人员确认，请稍后再打开这个链接。"),
    UsedInvitation: gettext_lazy("邀请已使用过：如果账号是您注册的，请直接登录；否则请联系邀请您的人。"),
}


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a user name and a password, and come in."""
    form, now = AcceptForm(request.POST or None), timezone.now()
    guessing = [GUESSES.key(client_address(request))]
    if (until := blocked_until(GUESSES, guessing, now=now)) is not None:
        told = {"sentence": _("从这里打开的失效链接太多，请 %s 分钟后再试。") % minutes_until(until, now=now)}
        status = HTTPStatus.TOO_MANY_REQUESTS
        return render(request, "merchants/team/invitation_refused.html", told, status=status)
    try:
        opened = open_invitation(token, now=now)
        user = _accepted(form, token) if form.is_valid() else None
    except InvitationRefused as refused:
        if isinstance(refused, UnknownInvitation):
            with suppress(TooMany):
                count_attempt(GUESSES, guessing, now=now)
        context = {"sentence": REFUSALS[type(refused)]}
        status = HTTPStatus.NOT_FOUND if isinstance(refused, UnknownInvitation) else HTTPStatus.GONE
        return render(request, "merchants/team/invitation_refused.html", context, status=status)
    if user is None:
        return render(request, "merchants/team/invitation.html", {"form": form, "invitation": opened})
    login(request, user)
    return redirect("portal")


def _accepted(form: AcceptForm, token: str) -> User | None:
    """The new user; None where the form says what was wrong. Raises InvitationRefused."""
    username, password = form.cleaned_data["username"], form.cleaned_data["password1"]
    try:
        return accept(token=token, username=username, password=password, now=timezone.now())
    except UsernameTaken:
        form.add_error("username", _("已有这个用户名，请换一个。"))
    except UnsuitableUsername as unsuitable:
        form.add_error("username", unsuitable.messages)
    except WeakPassword as weak:
        form.add_error("password1", weak.messages)
    return None


@never_cache
@require_http_methods(["GET", "POST"])
@owner_only
def team(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The merchant's people, and a form to invite a clerk: the link is on the page that answers, and nowhere else."""
    now, form, link = timezone.now(), InviteForm(request.POST or None), None
    if form.is_valid() and isinstance(request.user, User):
        token = invite(
            merchant=merchant,
            role=Membership.Role.CLERK,
            name=form.cleaned_data["name"],
            by=request.user,
            now=now,
        )
        link, form = LinkForm(invitation_link(request, token)), InviteForm()
    context = {
        "merchant": merchant,
        "people": members_of(merchant),
        "invitations": open_invitations(merchant, now=now),
        "form": form,
        "link": link,
    }
    return render(request, "merchants/team/team.html", context)


@require_POST
@owner_only
def team_deactivate(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Let a clerk in no more."""
    try:
        deactivate(merchant=merchant, user_id=pk)
    except NotTheirs:
        raise Http404 from None
    messages.success(request, _("账号已停用，该店员不能再登录。"))
    return redirect("team")


def invitation_link(request: HttpRequest, token: str) -> str:
    """The whole address to be handed to whoever is invited."""
    return request.build_absolute_uri(reverse("invitation", args=[token]))
