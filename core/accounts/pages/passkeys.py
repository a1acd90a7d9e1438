"""Passkeys: the list of one's own, making one, showing one after the password, taking one away."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.accounts import own_password, passkeys, second_factor
from core.accounts.forms import OwnPasskeyForm, PasskeyForm, PasswordForm
from core.accounts.pages.second_factor import asked, next_page
from core.accounts.sessions import know_device
from core.accounts.throttle import TooMany, minutes_until
from core.audit.client_address import client_address
from core.models import User

_LONGEST_ANSWER = 20_000  # characters


@never_cache
@require_safe
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """One's own, and a form for one more."""
    return _page(request, asked(request), OwnPasskeyForm())


@never_cache
@sensitive_post_parameters("password")
@require_POST
@login_required
def make(request: HttpRequest) -> HttpResponse:
    """Take a new one: the first without, others with the password once more."""
    user, now = asked(request), timezone.now()
    first = not second_factor.is_enrolled(user)
    form = PasskeyForm(request.POST) if first else OwnPasskeyForm(request.POST)
    if not form.is_valid() or not (first or _is_oneself(form, user)):
        return _again(request, user, form, first)
    try:
        passkeys.make(
            user=user,
            session=request.session,
            answer=_answer(request),
            name=form.cleaned_data["name"],
            now=now,
        )
    except second_factor.AlreadyEnrolled:
        return redirect("second-factor")
    except passkeys.TooManyPasskeys:
        messages.error(request, _("最多添加 %s 个通行密钥，请先删除不用的。") % passkeys.MOST)
    except passkeys.RefusedPasskey:
        messages.error(request, _("通行密钥没有添加，请再试一次。"))
    else:
        messages.success(request, _("已添加通行密钥。请再添加一个，或绑定手机验证器，以备设备丢失。"))
        if first:
            know_device(user, request, now=now)
            return redirect(next_page(request))
    return redirect("second-factor-enrol" if first else "passkeys")


@never_cache
@require_POST
@login_required
def show(request: HttpRequest) -> HttpResponse:
    """Take the answer of a key, after the password."""
    user, now = asked(request), timezone.now()
    try:
        passkeys.show(
            user=user,
            session=request.session,
            answer=_answer(request),
            address=client_address(request),
            now=now,
        )
    except TooMany as refused:
        minutes = minutes_until(refused.until, now=now)
        messages.error(request, _("连续未通过，请 %s 分钟后再试。") % minutes)
    except passkeys.RefusedPasskey:
        messages.error(request, _("通行密钥没有通过验证，请再试一次，或使用验证码。"))
    else:
        know_device(user, request, now=now)
        return redirect(next_page(request))
    return redirect("second-factor")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_required
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the password, then take it away."""
    user = asked(request)
    key = user.passkeys.filter(pk=pk).first()
    form = PasswordForm(request.POST or None)
    if key is None:
        return redirect("passkeys")
    if not form.is_valid() or not _is_oneself(form, user):
        return render(request, "core/accounts/passkey_remove.html", {"form": form, "key": key})
    try:
        passkeys.remove(user=user, pk=pk)
        messages.success(request, _("已删除通行密钥“%s”。") % key.name)
    except passkeys.LastFactor:
        messages.error(request, _("这是您唯一的第二步验证，请先添加另一个再删除它。"))
    return redirect("passkeys")


def _is_oneself(form: forms.Form, user: User) -> bool:
    """Whether the password in the form is this person's; else the form says so."""
    now = timezone.now()
    try:
        own_password.check(user, form.cleaned_data["password"], now=now)
    except own_password.WrongPassword:
        form.add_error("password", _("密码不正确。"))
    except TooMany as refused:
        form.add_error("password", own_password.wait(refused, now=now))
    return form.is_valid()


def _again(request: HttpRequest, user: User, form: forms.Form, first: bool) -> HttpResponse:
    if first:
        messages.error(request, _("请给通行密钥取一个名称，40 字以内。"))
        return redirect("second-factor-enrol")
    return _page(request, user, form)


def _page(request: HttpRequest, user: User, form: forms.Form) -> HttpResponse:
    context: dict[str, Any] = {"keys": user.passkeys.all(), "has_codes": second_factor.has_codes(user)}
    if second_factor.may_add(request.session, user):
        context |= {"form": form, "question_text": passkeys.question_to_make(user, request.session)}
    return render(request, "core/accounts/passkeys.html", context)


def _answer(request: HttpRequest) -> Mapping[str, Any]:
    """What the browser brought from the authenticator; of nonsense, nothing."""
    try:
        answer = json.loads(request.POST.get("answer", "")[:_LONGEST_ANSWER])
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
