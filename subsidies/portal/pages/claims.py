"""What came of each trade-in, why, and what the shop can do about it."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.bodies import takes_files
from core.paging import CappedPaginator
from core.privacy.fields import NeverShownInput
from core.privacy.notes import names_nobody
from core.privacy.photos import BadPhoto, open_photo, photo_limit, take_photo
from core.shanghai import today
from ebikes.models import TradeInPhoto
from merchants.models import Merchant
from merchants.team.access import member_only
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.selectors.payee import may_change_payee
from subsidies.claims.selectors.replaced import replaced_by
from subsidies.claims.selectors.shop_rights import is_for_the_owner
from subsidies.claims.selectors.timeline import timeline
from subsidies.claims.services.change_payee import TooLate, WrongPayee, change_payee
from subsidies.claims.services.undo import CANCEL_FROM, cancel_claims
from subsidies.inquiries.services.answer import open_inquiry
from subsidies.intake.pages.steps import STEPS
from subsidies.intake.selectors.correctable import may_be_corrected
from subsidies.intake.services.corrections import open_correction
from subsidies.intake.services.draft_photos import add_photo_later
from subsidies.intake.services.replacing import NotCorrectable
from subsidies.models import Claim
from subsidies.portal.access import own_claims, person
from subsidies.recoveries.selectors.standing import shown_recovery
from subsidies.review.hold_wording import hold_in_words
from subsidies.search.selectors.find import find_claims
from subsidies.states import ClaimState
from subsidies.supplements.selectors.shown import shown_supplements

PAGE = 30
_FOR_THE_OWNER = gettext_lazy("补贴已经锁定，须由门店负责人办理。")
_TOO_LATE = gettext_lazy("这份申请现在不能撤回。")


@require_GET
@member_only
def claims(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The list, newest first, by state, by days of receipt, and by record number or plate."""
    found: QuerySet[Claim] = own_claims(merchant).without_contacts().order_by("-trade_in_id")
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()
    since, until = _day(request.GET.get("since")), _day(request.GET.get("until"))
    if state in ClaimState.values:
        found = found.filter(state=state)
    if since:
        found = found.filter(received_at__date__gte=since)
    if until:
        found = found.filter(received_at__date__lte=until)
    if text:
        found = find_claims(text, found)
    context = {
        "merchant": merchant,
        "page": CappedPaginator(found, PAGE).get_page(request.GET.get("page")),
        "states": ClaimState.choices,
        "state": state,
        "q": text,
        "since": since,
        "until": until,
    }
    return render(request, "subsidies/portal/claims.html", context)


@require_GET
@member_only
def claim(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """One claim: how far it has come, every check with its evidence, the photos, and what to do next."""
    found = _own(merchant, pk)
    asked = open_inquiry(found)
    context = {
        "merchant": merchant,
        "claim": found,
        "why": explain_claim(found),
        "stations": timeline(found),
        "recovery": shown_recovery(found, today=today()),
        "supplements": shown_supplements(found),
        "photos": found.trade_in.photos.order_by("pk"),
        "photo_kinds": TradeInPhoto.Kind.choices,
        "correctable": may_be_corrected(found),
        "withdrawable": _may_be_withdrawn(found),
        "payable_elsewhere": may_change_payee(found),
        "asked": asked,
        "asked_for": hold_in_words(asked) if asked else [],
        "instead": replaced_by(found),
        "being_checked": found.state in (ClaimState.RECEIVED, ClaimState.CHECKING),
        "for_the_owner": is_for_the_owner(found, person(request)),
    }
    return render(request, "subsidies/portal/claim.html", context)


class WithdrawalForm(forms.Form):
    """Why."""

    note = forms.CharField(
        label=gettext_lazy("原因"),
        label_suffix="",
        validators=[names_nobody],
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
    )


@require_http_methods(["GET", "POST"])
@member_only
def withdraw(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Say what withdrawing means, and do it when that is confirmed."""
    found, form = _own(merchant, pk), WithdrawalForm(request.POST or None)
    if is_for_the_owner(found, person(request)):
        messages.error(request, _FOR_THE_OWNER)
    elif not _may_be_withdrawn(found):
        messages.error(request, _TOO_LATE)
    elif request.method == "GET" or not form.is_valid():
        return render(
            request, "subsidies/portal/withdraw.html", {"merchant": merchant, "claim": found, "form": form}
        )
    elif _cancel(found, request, form.cleaned_data["note"]):
        messages.success(request, _("申请已撤回，锁定的补贴已让给下一位。"))
    else:
        messages.error(request, _TOO_LATE)
    return redirect("portal-claim", pk)


@require_POST
@member_only
def correct(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Begin a record that takes this one's place."""
    found = _own(merchant, pk)
    if is_for_the_owner(found, person(request)):
        messages.error(request, _FOR_THE_OWNER)
        return redirect("portal-claim", pk)
    try:
        draft = open_correction(claim=found, by=person(request), now=timezone.now())
    except NotCorrectable:
        messages.error(request, _("原申请已进入发放或已撤回，不能再更正；请联系监管局处理。"))
        return redirect("portal-claim", pk)
    return redirect("draft", draft.pk, STEPS[0].slug)


class PayeeForm(forms.Form):
    """A wallet, or a phone."""

    wallet_no = forms.CharField(
        label=gettext_lazy("数字人民币钱包编号"),
        required=False,
        widget=NeverShownInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    wallet_operator = forms.CharField(label=gettext_lazy("钱包运营机构"), required=False, max_length=32)
    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        required=False,
        widget=NeverShownInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "POST"])
@member_only
def payee(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Put right where the money goes; the place stays, and another person looks before it is paid."""
    found, form = _own(merchant, pk), PayeeForm(request.POST or None)
    if is_for_the_owner(found, person(request)):
        messages.error(request, _FOR_THE_OWNER)
        return redirect("portal-claim", pk)
    if request.method == "POST" and form.is_valid():
        try:
            change_payee(claim=found, cells=form.cleaned_data, by=person(request), now=timezone.now())
        except WrongPayee as wrong:
            for key, text in wrong.problems.items():
                form.add_error(key, text)
        except TooLate:
            messages.error(request, _("补贴正在发放或已经办结，不能再改收款信息。"))
            return redirect("portal-claim", pk)
        else:
            messages.success(request, _("收款信息已更正，名次不变；须经监管人员核实后才能发放。"))
            return redirect("portal-claim", pk)
    return render(
        request, "subsidies/portal/payee.html", {"merchant": merchant, "claim": found, "form": form}
    )


@takes_files(photo_limit)
@require_POST
@member_only
def add_photo(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """Add a photo to a record that was sent already."""
    found = _own(merchant, pk)
    kind, file = request.POST.get("kind", ""), request.FILES.get("photo")
    try:
        if kind not in TradeInPhoto.Kind.values or file is None:
            raise BadPhoto(_("没有收到照片，请重新拍摄"))
        taken = take_photo(file, size=file.size or 0)
        add_photo_later(
            trade_in=found.trade_in, kind=kind, photo=taken, by=person(request), now=timezone.now()
        )
    except BadPhoto as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("照片已保存。"))
    return redirect("portal-claim", pk)


@require_GET
@member_only
def photo(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """One photo of a draft or a record of this merchant."""
    found = get_object_or_404(TradeInPhoto.objects.select_related("draft", "trade_in"), pk=pk)
    holder = found.trade_in or found.draft
    if holder is None or holder.merchant_id != merchant.pk:
        raise Http404
    response = HttpResponse(open_photo(found.name), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=86400, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _own(merchant: Merchant, pk: int) -> Claim:
    return get_object_or_404(own_claims(merchant).select_related("scheme", "policy", "owner"), pk=pk)


def _may_be_withdrawn(found: Claim) -> bool:
    return found.state in CANCEL_FROM


def _cancel(found: Claim, request: HttpRequest, note: str) -> int:
    only: Any = Claim.objects.filter(pk=found.pk)
    return cancel_claims(scheme=found.scheme, claims=only, by=person(request), now=timezone.now(), note=note)


def _day(text: str | None) -> date | None:
    try:
        return parse_date(text or "")
    except ValueError:
        return None
