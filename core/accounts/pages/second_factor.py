"""The second factor: setting a device up, giving its codes, or showing a passkey."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import TypeVar

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.accounts import passkeys, second_factor
from core.accounts.forms import CodeForm, PasskeyForm
from core.accounts.sessions import know_device
from core.accounts.throttle import TooMany, minutes_until
from core.audit.client_address import client_address
from core.models import User

T = TypeVar("T")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the code, then go on to where the person wanted to; who has no device sets one up first."""
    user = asked(request)
    if not second_factor.is_enrolled(user):
        return redirect_to_login(next_page(request), reverse("second-factor-enrol"))
    form, left = CodeForm(request.POST or None), second_factor.recovery_codes_left(user)
    shown, status = _tried(request, form, partial(second_factor.show, user=user))
    if not shown:
        question = passkeys.question_to_show(user, request.session)
        codes = second_factor.has_codes(user)
        context = {"form": form, "next": next_page(request), "question_text": question, "codes": codes}
        return render(request, "core/accounts/second_factor.html", context, status=status)
    if (now_left := second_factor.recovery_codes_left(user)) < left:
        messages.warning(request, _("已用掉一个备用码，还剩 %s 个。") % now_left)
    know_device(user, request, now=timezone.now())
    return redirect(next_page(request))


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@login_required
def enrol(request: HttpRequest) -> HttpResponse:
    """Offer a secret; the page that answers its first code shows the recovery codes, and no other ever does."""
    user, form = asked(request), CodeForm(request.POST or None)
    if second_factor.has_codes(user) or not second_factor.may_add(request.session, user):
        return redirect("second-factor")
    try:
        codes, status = _tried(request, form, partial(second_factor.enrol, user=user))
    except second_factor.AlreadyEnrolled:
        return redirect("second-factor")
    context = {"form": form, "next": next_page(request), "codes": codes}
    if codes is not None:
        know_device(user, request, now=timezone.now())
    else:
        secret = second_factor.pending_secret(request.session)
        uri = second_factor.provisioning_uri(user, secret)
        context["secret"] = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        context["qr"] = segno.make_qr(uri).svg_data_uri(scale=4, light="#fff")
        if not second_factor.is_enrolled(user):
            context |= {
                "question_text": passkeys.question_to_make(user, request.session),
                "key_form": PasskeyForm(),
            }
    return render(request, "core/accounts/second_factor_enrol.html", context, status=status)


def _tried(request: HttpRequest, form: CodeForm, take: Callable[..., T]) -> tuple[T | None, HTTPStatus]:
    """What comes of the code in the form; None where the form says what was wrong with it."""
    if not form.is_valid():
        return None, HTTPStatus.OK
    now, code = timezone.now(), form.cleaned_data["code"]
    try:
        return take(
            session=request.session, code=code, address=client_address(request), now=now
        ), HTTPStatus.OK
    except second_factor.WrongCode:
        form.add_error("code", _("验证码不正确或已使用过，请等待下一个验证码。"))
        return None, HTTPStatus.OK
    except TooMany as refused:
        minutes = minutes_until(refused.until, now=now)
        sentence = ngettext(
            "验证码连续输错，已锁定，请 %(minutes)s 分钟后再试。",
            "验证码连续输错，已锁定，请 %(minutes)s 分钟后再试。",
            minutes,
        )
        form.add_error("code", sentence % {"minutes": minutes})
        return None, HTTPStatus.TOO_MANY_REQUESTS


def asked(request: HttpRequest) -> User:
    """Who is asked: staff, and owners of shops. Others find nothing here."""
    user = request.user
    if not isinstance(user, User) or not second_factor.may_have(user):
        raise Http404
    return user


def next_page(request: HttpRequest) -> str:
    """Where the person wanted to; of another site, home."""
    there = request.POST.get("next", request.GET.get("next", ""))
    if url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure()):
        return there
    return resolve_url(settings.LOGIN_REDIRECT_URL)
