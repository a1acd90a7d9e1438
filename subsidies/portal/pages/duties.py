"""What the shop owes and holds: the commitment letter, the agent points' authorisations, the trainings; statements."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.bodies import takes_files
from core.content_types import XLSX
from core.privacy.photos import BadPhoto, open_photo, photo_limit, take_photo
from core.shanghai import month_named, today
from merchants.documents.letter import Letter, letter_pdf
from merchants.documents.plaque import Plaque, plaque_pdf
from merchants.documents.statement import Statement, StatementLine, statement_pdf, statement_xlsx
from merchants.letters.signing import (
    AlreadySigned,
    NoName,
    NotSigned,
    current_letter,
    current_text,
    post_letter,
    sign_letter,
)
from merchants.models import AgentAuthorization, Merchant
from merchants.team.access import member_only, owner_only
from subsidies.portal.access import person
from subsidies.reports.selectors.statements import month_of, months_with_claims


@require_GET
@member_only
def duties(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The letter, the authorisations, the trainings."""
    periods = AgentAuthorization.objects.filter(agent_point__merchant=merchant).select_related("agent_point")
    context = {
        "merchant": merchant,
        "text": current_text(),
        "letter": current_letter(merchant),
        "periods": periods.order_by("agent_point__point_no", "-starts_on"),
        "today": today(),
        "trainings": merchant.trainings.all(),
    }
    return render(request, "subsidies/portal/duties.html", context)


@require_POST
@owner_only
def sign(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Sign the letter by writing one's name and ticking that it was read."""
    if "read" not in request.POST:
        messages.error(request, _("请先勾选“已阅读并同意”"))
        return redirect("duties")
    try:
        sign_letter(
            merchant=merchant, signer=request.POST.get("signer", ""), by=person(request), now=timezone.now()
        )
    except (NoName, AlreadySigned) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("承诺书已签订，请打印后张贴在店内并上传照片。"))
    return redirect("duties")


@takes_files(photo_limit)
@require_POST
@member_only
def post(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Show that the letter hangs in the shop."""
    file = request.FILES.get("photo")
    try:
        if file is None:
            raise BadPhoto(_("没有收到照片，请重新拍摄"))
        post_letter(merchant=merchant, photo=take_photo(file, size=file.size or 0), now=timezone.now())
    except (BadPhoto, NotSigned) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("照片已保存。"))
    return redirect("duties")


@require_GET
@member_only
def letter(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The signed letter as a PDF."""
    signed = current_letter(merchant)
    if signed is None or signed.signed_at is None:
        raise Http404
    text = current_text()
    return _file(
        letter_pdf(
            Letter(
                merchant_name=merchant.name,
                uscc=merchant.uscc,
                text_version=text.version,
                title=text.title,
                clauses=text.clauses,
                signed_by=signed.signer or "",
                signed_at=signed.signed_at,
            )
        ),
        "application/pdf",
        f"letter-{text.version}.pdf",
    )


@require_GET
@member_only
def letter_photo(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """The photo of the letter in the shop."""
    signed = current_letter(merchant)
    if signed is None or not signed.photo:
        raise Http404
    return HttpResponse(open_photo(signed.photo), content_type="image/jpeg")


@require_GET
@member_only
def plaque(request: HttpRequest, merchant: Merchant, pk: int) -> HttpResponse:
    """The plaque of one authorisation, to be printed and hung up."""
    period = get_object_or_404(
        AgentAuthorization.objects.select_related("agent_point"), pk=pk, agent_point__merchant=merchant
    )
    number = period.agent_point.point_no
    sheet = Plaque(
        merchant_name=merchant.name,
        point_no=number,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        url=request.build_absolute_uri(reverse("home") + "#lookup"),
    )
    return _file(plaque_pdf(sheet), "application/pdf", f"plaque-{number}.pdf")


@require_GET
@member_only
def statements(request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """A month's settled and paid claims; other months by the list."""
    months = months_with_claims(merchant)
    month = _chosen(request.GET.get("month", ""), months)
    lines = month_of(merchant, month) if month else []
    context = {
        "merchant": merchant,
        "months": months,
        "month": month,
        "lines": lines,
        "settled_fen": sum(line["amount_fen"] for line in lines),  # type: ignore[misc]
        "paid_fen": sum(line["amount_fen"] for line in lines if line["paid_at"]),  # type: ignore[misc]
    }
    return render(request, "subsidies/portal/statements.html", context)


@require_GET
@member_only
def statement(request: HttpRequest, merchant: Merchant, month: str, form: str) -> HttpResponse:
    """The same as a file."""
    chosen = month_named(month)
    if chosen is None:
        raise Http404
    lines: list[Any] = month_of(merchant, chosen)
    sheet = Statement(merchant.name, merchant.uscc, chosen, tuple(StatementLine(**line) for line in lines))
    name = f"statement-{chosen:%Y-%m}.{form}"
    if form == "pdf":
        return _file(statement_pdf(sheet), "application/pdf", name)
    return _file(statement_xlsx(sheet), XLSX, name)


def _chosen(text: str, months: list[date]) -> date | None:
    """The month that `2022-06` names, else the newest one."""
    return month_named(text) or (months[0] if months else None)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
