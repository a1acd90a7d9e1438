"""Before the sale."""

import base64
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from core.accounts.throttle import TooMany, minutes_until
from core.audit.record import Action, record
from core.privacy.fields import NeverShownInput
from core.privacy.sealing import UnreadableSecret, seal, unseal
from core.shanghai import local_day
from core.staff.access import person
from ebikes.importing import identity
from ebikes.importing.fields import plate
from ebikes.importing.problems import Problem, masked, sentence
from ebikes.licensing.answers import Answer, ExingRecord
from ebikes.licensing.ask import look_up_all
from ebikes.models import FiledBike
from ebikes.records.persons import RESIDENT, Document
from merchants.models import Merchant
from merchants.team.access import member_only
from subsidies.checks.selectors.precheck import Precheck, precheck
from subsidies.checks.services.questions import PATIENCE, count_question
from subsidies.schemes.selectors.current import NoScheme, scheme_on

GIVEN_FOR = timedelta(hours=2)  # so long may the registration begin with what was asked
_CONTEXT = "subsidies.precheck.given"


class PrecheckForm(forms.Form):
    """The two things that a customer has in hand, and the day on which everything might be done."""

    plate = forms.CharField(
        label=_("旧车备案号牌"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    id_kind = forms.ChoiceField(label=_("证件类型"), choices=identity.CHOICES, required=False)
    id_no = forms.CharField(
        label=_("车主证件号码"), max_length=32, widget=NeverShownInput(attrs={"autocomplete": "off"})
    )
    day = forms.DateField(
        label=_("预计办完日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_plate(self) -> str:
        return plate(self.cleaned_data["plate"])

    def clean_id_no(self) -> str:
        kind = self.cleaned_data.get("id_kind") or RESIDENT
        try:
            return identity.id_no(kind, self.cleaned_data["id_no"])
        except Problem as problem:
            value = masked(str(problem.params.get("value", ""))[:40])
            raise forms.ValidationError(sentence(problem.kind, {"value": value})) from None

    def clean_day(self) -> date:
        return self.cleaned_data["day"] or local_day(timezone.now())


@require_http_methods(["GET", "POST"])
@member_only
def precheck_page(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Ask, and see the answer below the question."""
    form = PrecheckForm(request.POST or None, initial={"day": local_day(timezone.now())})
    context: dict[str, Any] = {"merchant": merchant, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            scheme = scheme_on(form.cleaned_data["day"], district=merchant.district_id)
        except NoScheme:
            return render(request, "subsidies/checks/precheck.html", {**context, "no_scheme": True})
        if not scheme.is_open:
            return render(request, "subsidies/checks/precheck.html", {**context, "shut": scheme})
        asked, now = form.cleaned_data, timezone.now()
        try:
            count_question(merchant, id_no=asked["id_no"], plates=[asked["plate"]], now=now)
        except TooMany as refused:
            context["wait"] = minutes_until(refused.until, now=now)
            status = HTTPStatus.TOO_MANY_REQUESTS
            return render(request, "subsidies/checks/precheck.html", context, status=status)
        found = context["found"] = precheck(
            scheme=scheme,
            merchant=merchant,
            plate=asked["plate"],
            shown=Document(asked["id_kind"] or RESIDENT, asked["id_no"]),
            day=asked["day"],
            exing=_ask_exing(asked["plate"]),
        )
        _write_down(request, asked["plate"], found)
        context["given"] = give(merchant, asked, now=now)
    return render(request, "subsidies/checks/precheck.html", context)


def give(merchant: Merchant, asked: Mapping[str, Any], *, now: datetime) -> str:
    """What was asked, sealed for the page: the registration begins with it, and nobody reads it there."""
    cells = {"filing_plate_no": asked["plate"], "id_kind": asked["id_kind"], "id_no": asked["id_no"]}
    told = {"shop": merchant.pk, "until": (now + GIVEN_FOR).timestamp(), "cells": cells}
    return base64.urlsafe_b64encode(seal(json.dumps(told), context=_CONTEXT)).decode()


def given(merchant: Merchant, text: str, *, now: datetime) -> dict[str, str]:
    """The cells in what `give` made; none of anything else, of another shop's, or after some hours."""
    try:
        told = json.loads(unseal(base64.urlsafe_b64decode(text.encode()), context=_CONTEXT))
    except (ValueError, UnreadableSecret):
        return {}
    if told["shop"] != merchant.pk or told["until"] < now.timestamp():
        return {}
    return {key: value for key, value in told["cells"].items() if value}


def _write_down(request: HttpRequest, plate_no: str, found: Precheck) -> None:
    """That somebody looked a person up, by which bike, and what they were told; not who was typed."""
    bike = FiledBike.objects.filter(filing_plate_no=plate_no).only("pk").first()
    detail = {"page": "precheck", "answer": found.verdict}
    record(Action.SEARCH, by=person(request), of=bike or FiledBike, detail=detail)


def _ask_exing(plate_no: str) -> Answer[ExingRecord] | None:
    try:
        return look_up_all(exing=[plate_no], yunshenling=[], patience=PATIENCE)[0][plate_no]
    except TimeoutError:
        return None
