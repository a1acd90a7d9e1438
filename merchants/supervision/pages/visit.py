"""One visit on a phone in the shop: each part is a small form that is sent by itself, as soon as it is filled.

`static/js/visit.js` keeps what could not be sent on the phone and sends it later; without it every part has its button.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.audit.record import Action, record
from core.bodies import takes_files
from core.middleware.headers import PERMISSIONS
from core.privacy.notes import names_nobody
from core.privacy.photos import BadPhoto, Photo, open_photo, photo_limit, small_copy, take_photo
from core.shanghai import moment_of
from core.staff.access import person, staff_page
from merchants.models import Inspection, InspectionPhoto
from merchants.supervision import visits
from merchants.supervision.heads import HEADS
from merchants.supervision.models.inspection import Finding
from merchants.supervision.pages.visits import INSPECT, LOOK
from merchants.supervision.visits import (
    Concluded,
    NotSaid,
    Place,
    missing_from,
)


@takes_files(photo_limit)
@require_http_methods(["GET", "POST"])
@staff_page(LOOK)
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a visit; take one part of it from whoever may inspect."""
    found = get_object_or_404(
        Inspection.objects.select_related("merchant", "begun_by", "concluded_by", "recheck_of"), pk=pk
    )
    if request.method == "POST":
        return _taken(request, found)
    record(Action.VIEW, by=person(request), of=found)
    response = TemplateResponse(request, "merchants/supervision/visit.html", _context(request, found))
    response.headers["Permissions-Policy"] = PERMISSIONS.replace("geolocation=()", "geolocation=(self)")
    return response


def _context(request: HttpRequest, found: Inspection) -> dict[str, Any]:
    photos: dict[str, list[InspectionPhoto]] = {}
    for photo in found.photos.select_related("inspection").order_by("pk"):
        photos.setdefault(photo.head, []).append(photo)
    goes_on = not found.conclusion and found.way == Inspection.Way.SHOP
    return {
        **admin.site.each_context(request),
        "title": str(found),
        "visit": found,
        "open": goes_on and request.user.has_perm(INSPECT),
        "heads": [
            (head, getattr(found, head.code), getattr(found, head.note), photos.get(head.code, []))
            for head in HEADS
        ],
        "findings": Finding.choices,
        "photos": photos.get("", []),
        "tasks": found.tasks.all() if found.conclusion else found.merchant.inspection_tasks.open(),
        "missing": missing_from(found) if goes_on else [],
        "orders": found.orders.all() if request.user.has_perm("merchants.view_correctionorder") else [],
        "cases": found.cases.all() if request.user.has_perm("merchants.view_enforcementcase") else [],
        "rechecks": found.rechecks.order_by("pk"),
        "follow": _what_may_follow(request, found),
    }


def _what_may_follow(request: HttpRequest, found: Inspection) -> list[tuple[str, str]]:
    """The addresses and titles of what may be done about faults that nobody put right."""
    if not found.conclusion or not found.faulty or found.rectified_on:
        return []
    may, ways = request.user.has_perm, []
    ordered = found.conclusion == Inspection.Conclusion.RECTIFY
    if may("merchants.add_correctionorder") and ordered and not found.orders.unended().exists():
        ways.append((reverse("staff-order-new", args=[found.pk]), _("拟责令改正通知书…")))
    if may("merchants.add_enforcementcase") and not found.cases.unended().exists():
        ways.append((reverse("staff-enforcement-new", args=["inspection", found.pk]), _("提请移送立案…")))
    return ways


def _taken(request: HttpRequest, found: Inspection) -> HttpResponse:
    """Keep one part; what cannot be kept is told in a sentence, to the script or on the page."""
    if not request.user.has_perm(INSPECT):
        return HttpResponse(_("您没有检查的权限。"), status=HTTPStatus.FORBIDDEN)
    part = PARTS.get(request.POST.get("part", ""))
    try:
        if part is None:
            raise NotSaid(_("提交的内容不完整，请返回后重新提交。"))
        for name in ("words", "note", "refusal"):
            names_nobody(request.POST.get(name, ""))
        said, kept = part(request, found), True
    except (NotSaid, Concluded, BadPhoto) as refusal:
        said, kept = str(refusal), False
    except ValidationError as refusal:
        said, kept = " ".join(refusal.messages), False
    if request.headers.get("X-Part"):
        status = HTTPStatus.OK if kept else HTTPStatus.UNPROCESSABLE_ENTITY
        signed = found.signed_at
        found.refresh_from_db()
        told = {"said": said, "missing": missing_from(found), "fresh": signed != found.signed_at}
        return JsonResponse(told, status=status)
    (messages.success if kept else messages.error)(request, said)
    return redirect("staff-visit", found.pk)


def _who(request: HttpRequest, found: Inspection) -> dict[str, Any]:
    return {"visit": found, "by": person(request), "now": timezone.now()}


def _answer(request: HttpRequest, found: Inspection) -> str:
    post = request.POST
    void = visits.answer_head(
        **_who(request, found),
        head=post.get("head", ""),
        finding=post.get("finding", ""),
        words=post.get("words", ""),
    )
    return _saved(void)


def _saved(void: bool) -> str:
    return _("已保存。内容在签字以后有改动，原来的签字作废，请商户重新签字。") if void else _("已保存")


def _inspectors(request: HttpRequest, found: Inspection) -> str:
    post = request.POST
    void = visits.name_inspectors(
        **_who(request, found), inspectors=post.get("inspectors", ""), note=post.get("note", "")
    )
    return _saved(void)


def _place(request: HttpRequest, found: Inspection) -> str:
    post = request.POST
    try:
        place = Place(
            Decimal(post.get("latitude", "")),
            Decimal(post.get("longitude", "")),
            round(float(post.get("accuracy", ""))),
            _moment(post.get("at", "")),
        )
    except (InvalidOperation, ValueError, OverflowError, OSError):
        raise NotSaid(_("定位数据无法识别，没有保存。")) from None
    if not (place.latitude.is_finite() and place.longitude.is_finite()):
        raise NotSaid(_("定位数据无法识别，没有保存。"))
    visits.keep_place(**_who(request, found), place=place)
    return _("已记录位置")


def _moment(milliseconds: str) -> datetime:
    return moment_of(int(milliseconds) / 1000)


def _photo(request: HttpRequest, found: Inspection) -> str:
    picture = _picture(request, "photo")
    if picture is None:
        raise NotSaid(_("照片是空的，请重新拍摄"))
    visits.add_visit_photo(**_who(request, found), head=request.POST.get("head", ""), photo=picture)
    return _("照片已保存。")


def _drop(request: HttpRequest, found: Inspection) -> str:
    number = request.POST.get("photo", "")
    if not number.isdecimal() or len(number) > 18:
        raise NotSaid(_("没有这张照片。"))
    visits.drop_visit_photo(**_who(request, found), photo=int(number))
    return _("照片已删除。")


def _sign(request: HttpRequest, found: Inspection) -> str:
    picture = _picture(request, "picture")
    visits.sign_visit(**_who(request, found), signer=request.POST.get("signer", ""), picture=picture)
    return _("已签字。")


def _refuse(request: HttpRequest, found: Inspection) -> str:
    visits.refuse_signature(**_who(request, found), reason=request.POST.get("refusal", ""))
    return _("已记录拒签。")


def _picture(request: HttpRequest, name: str) -> Photo | None:
    """What was photographed or drawn. Raises BadPhoto."""
    file = request.FILES.get(name)
    return take_photo(file, size=file.size or 0) if file else None


PARTS = {
    "answer": _answer,
    "inspectors": _inspectors,
    "place": _place,
    "photo": _photo,
    "drop": _drop,
    "sign": _sign,
    "refuse": _refuse,
}


@require_GET
@staff_page(LOOK)
def photo(request: HttpRequest, pk: int, size: str = "") -> HttpResponse:
    """One photo of a visit: the small one shows what it is; who opened the whole one is written down."""
    found = get_object_or_404(InspectionPhoto.objects.select_related("inspection"), pk=pk)
    return _shown(request, found.name, found.inspection, size)


@require_GET
@staff_page(LOOK)
def signature(request: HttpRequest, pk: int) -> HttpResponse:
    """The shop's signature, as it was drawn."""
    found = get_object_or_404(Inspection.objects.exclude(signature=""), pk=pk)
    return _shown(request, found.signature, found, "")


def _shown(request: HttpRequest, name: str, of: Inspection, size: str) -> HttpResponse:
    try:
        jpeg = open_photo(name)
    except FileNotFoundError:
        raise Http404 from None
    if size == "small":
        jpeg = small_copy(jpeg)
    else:
        record(Action.VIEW, by=person(request), of=of)
    response = HttpResponse(jpeg, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response
