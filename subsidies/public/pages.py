"""What everybody may see: the scheme and its money, and one's own application."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from core.accounts.throttle import Rule, TooMany, count_attempt, minutes_until, take_back
from core.audit.client_address import client_address
from core.shanghai import local_day
from ebikes.importing.fields import code
from ebikes.importing.identity import x_at_end
from ebikes.importing.problems import Problem, sentence
from ebikes.importing.text import compact
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.selectors.claims_per_stage import claims_per_stage
from subsidies.models import Claim, Scheme
from subsidies.public.selectors.looks import looks_at
from subsidies.recoveries.selectors.standing import shown_recovery
from subsidies.schemes.pages.chooser import choose_scheme
from subsidies.supplements.selectors.shown import shown_supplements

LAST_DIGITS = 4
LOOK_UP = Rule("look-up", limit=10, period=timedelta(minutes=10))


class LookUpForm(forms.Form):
    """A record number and the end of the owner's ID number: enough to know that it is one's own."""

    record_no = forms.CharField(label=_("淘汰置换单号"), max_length=64)
    id_end = forms.CharField(
        label=_("证件号码后四位"), max_length=64
    )  # more is pasted, with marks that nobody sees

    def clean_record_no(self) -> str:
        """As files' numbers are read."""
        try:
            return code(self.cleaned_data["record_no"])
        except Problem as problem:
            params = {"column": _("淘汰置换单号"), **problem.params}
            raise forms.ValidationError(sentence(problem.kind, params)) from None

    def clean_id_end(self) -> str:
        """As the register writes it: half-width, with a capital X."""
        end = x_at_end(compact(self.cleaned_data["id_end"]))
        if len(end) != LAST_DIGITS:
            raise forms.ValidationError(_("请只填证件号码的后四位"))
        return end

    def claim(self) -> Claim | None:
        """The newest claim of that record, if the ID number ends so."""
        claims = Claim.objects.filter(trade_in__record_no=self.cleaned_data["record_no"])
        claim = (
            claims.select_related("owner", "stage", "policy", "scheme", "trade_in").order_by("-pk").first()
        )
        if claim is None or claim.owner.id_no[-LAST_DIGITS:] != self.cleaned_data["id_end"]:
            return None
        return claim


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The scheme, its stages and what is left; and, on request, how one's own application stands."""
    choice = choose_scheme(request, Scheme.objects.opened().at_work())
    scheme, now = choice.scheme, timezone.now()
    claim, context = _asked(request, now)
    context |= {
        "choice": choice,
        "scheme": scheme,
        "figures": claims_per_stage(scheme) if scheme else [],
        "why": explain_claim(claim) if claim else None,
        "supplements": shown_supplements(claim) if claim else None,
        "recovery": shown_recovery(claim, today=local_day(now)) if claim else None,
    }
    return _answered(request, "subsidies/public/home.html", context)


@require_http_methods(["GET", "POST"])
def who_looked(request: HttpRequest) -> HttpResponse:
    """Who of the staff looked at one's own data, when, in which role and why; by the same proof as one's application."""
    claim, context = _asked(request, timezone.now())
    context |= {"found": claim is not None, "looks": looks_at(claim.owner) if claim else []}
    return _answered(request, "subsidies/public/who_looked.html", context)


def _asked(request: HttpRequest, now: datetime) -> tuple[Claim | None, dict[str, Any]]:
    """The claim that somebody proves to be their own, if one was asked for; and what both pages say of the asking."""
    form = LookUpForm(request.POST or None)
    asked = request.method == "POST" and form.is_valid()
    claim, wait = None, 0
    try:
        claim = _looked_up(form, request, now) if asked else None
    except TooMany as refused:
        wait = minutes_until(refused.until, now=now)
    return claim, {"form": form, "asked": asked, "wait": wait}


def _answered(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    status = HTTPStatus.TOO_MANY_REQUESTS if context["wait"] else HTTPStatus.OK
    return render(request, template, context, status=status)


def _looked_up(form: LookUpForm, request: HttpRequest, now: datetime) -> Claim | None:
    """The claim asked for. What finds none counts, for the address and for the record number. Raises TooMany."""
    keys = [
        LOOK_UP.key("address", client_address(request)),
        LOOK_UP.key("record", form.cleaned_data["record_no"]),
    ]
    count_attempt(LOOK_UP, keys, now=now)
    claim = form.claim()
    if claim is not None:
        take_back(keys, now=now)
    return claim


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 where the process answers and its database does too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
