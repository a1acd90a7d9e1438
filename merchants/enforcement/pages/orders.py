"""Letters that order a shop to put things right: proposed, signed or not, served, printed."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.audit.record import Action, record
from core.shanghai import local_day, today
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
)
from merchants.enforcement.letter import OrderLetter, order_pdf
from merchants.enforcement.orders import (
    Incomplete,
    NotNow,
    Orders,
    OwnProposal,
    decline_order,
    drafted,
    issue_order,
    propose_order,
    serve_order,
)
from merchants.models import CorrectionOrder, Inspection
from merchants.supervision.fields import DayInput, line, lines

LOOK, PROPOSE, SIGN = (
    "merchants.view_correctionorder",
    "merchants.add_correctionorder",
    "merchants.change_correctionorder",
)
REFUSALS: dict[type[Exception], object] = {
    NotNow: gettext_lazy("情况有变：通知书已经办理，或问题已经整改。没有办理。"),
    OwnProposal: gettext_lazy("承办人不能签发自己的通知书，须由另一人签发。"),
    Incomplete: gettext_lazy(
        "期限或内容不符合要求，没有办理：改正期限须晚于今天，送达日期须在签发日至今天之间。"
    ),
}
State = CorrectionOrder.State


class OrderForm(forms.Form):
    """What the letter says."""

    demands = lines(
        gettext_lazy("责令改正内容"), 2000, gettext_lazy("每行一项，印在通知书上。请勿填写个人信息。")
    )
    basis = lines(gettext_lazy("法律依据"), 500, gettext_lazy("请核对条文后签发。"))
    due_on = forms.DateField(label=gettext_lazy("改正期限"), widget=DayInput())

    def clean_due_on(self) -> Any:
        """A day to come."""
        day = self.cleaned_data["due_on"]
        if day <= today():
            raise forms.ValidationError(_("改正期限须晚于今天。"))
        return day


class ServedForm(forms.Form):
    """When and how the shop received the letter."""

    served_on = forms.DateField(label=gettext_lazy("送达日期"), initial=today, widget=DayInput())
    how = line(gettext_lazy("送达方式"), 100, gettext_lazy("例如：直接送达、留置送达、邮寄送达(单号)。"))


@require_GET
@staff_page(LOOK)
def order_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter, how it stands, and what this person may do with it."""
    order = _loaded(pk)
    record(Action.VIEW, by=person(request), of=order)
    late = order.state == State.ISSUED and order.due_on < today()
    context = {
        **admin.site.each_context(request),
        "title": order.number or _("责令改正通知书(待签发)"),
        "state": _("已签发，逾期未改正") if late else order.get_state_display(),
        "bad": late,
        "facts": facts_of(order),
        "verbs": verbs_of(order, request),
        "warning": _later_than_said(order),
        "files": [
            (reverse("staff-visit", args=[order.inspection_id]), _("检查记录")),
            *([(reverse("staff-order-letter", args=[pk]), _("通知书 PDF"))] if order.number else []),
        ],
    }
    return TemplateResponse(request, "merchants/enforcement/paper.html", context)


def _later_than_said(order: CorrectionOrder) -> str:
    """A sentence where the letter gives the shop longer than whoever inspected said there."""
    said = order.inspection.rectify_by
    if said is None or order.due_on <= said:
        return ""
    return _("改正期限 %(due)s 晚于检查时向商户定下的 %(said)s，签发前请核对。") % {
        "due": order.due_on,
        "said": said,
    }


def verbs_of(order: CorrectionOrder, request: HttpRequest) -> list[tuple[str, object]]:
    """The addresses and titles of what this person may do with the letter as it stands."""
    may, own = request.user.has_perm, order.proposed_by_id == person(request).pk
    verbs: list[tuple[str, object]] = []
    if order.state == State.PROPOSED:
        if may(SIGN) and not own:
            verbs.append((_verb(order, "issue"), gettext_lazy("签发…")))
        if may(SIGN) or own:
            verbs.append((_verb(order, "decline"), gettext_lazy("撤回…") if own else gettext_lazy("不签发…")))
    elif order.state == State.ISSUED:
        if may(PROPOSE) and not order.served_on:
            verbs.append((_verb(order, "serve"), gettext_lazy("登记送达…")))
        if may("merchants.add_enforcementcase"):
            address = reverse("staff-enforcement-new", args=["inspection", order.inspection_id])
            verbs.append((address, gettext_lazy("提请移送立案…")))
    return verbs


def _verb(order: CorrectionOrder, slug: str) -> str:
    return reverse("staff-order-verb", args=[order.pk, slug])


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE)
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose a letter, with what the inspection found filled in."""
    inspection = get_object_or_404(Inspection.objects.select_related("merchant"), pk=pk)
    back, draft = reverse("staff-visit", args=[pk]), drafted(inspection)
    over = inspection.conclusion != Inspection.Conclusion.RECTIFY or inspection.rectified_on is not None
    possible = not over and not inspection.orders.unended().exists()
    begin = {"demands": draft.demands, "basis": draft.basis, "due_on": draft.due_on}

    class Form(OrderForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{"initial": begin, **kwargs})

    def do(told: dict[str, Any]) -> str:
        propose_order(inspection=inspection, orders=Orders(**told), by=person(request), now=timezone.now())
        return _("通知书已拟好，须由另一人签发后才有文号和效力。")

    sentence = _("由另一人签发后编定文号，可打印、送达。") if possible else str(REFUSALS[NotNow])
    facts = [
        (_("商户"), inspection.merchant.name),
        (_("检查日期"), inspection.inspected_on.isoformat()),
        (_("检查时定的整改期限"), inspection.rectify_by or "–"),
    ]
    question = Question(
        _("拟责令改正通知书"), Effect(sentence, facts, possible=possible), do, Form, REFUSALS, back
    )
    return ask_first(request, question) or redirect(back)


@require_http_methods(["GET", "POST"])
@staff_page(PROPOSE, SIGN)
def verb(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Ask, then sign, decline, or write down that it was served."""
    asked = {"issue": _issue, "decline": _decline, "serve": _serve}.get(slug)
    if asked is None:
        raise Http404
    order = _loaded(pk)
    question = asked(request, order)
    return ask_first(request, question) or redirect(question.back)


def _issue(request: HttpRequest, order: CorrectionOrder) -> Question:
    if not request.user.has_perm(SIGN):
        raise PermissionDenied
    own, by = order.proposed_by_id == person(request).pk, person(request)
    possible = order.state == State.PROPOSED and not own

    def do(told: dict[str, Any]) -> str:
        return (
            _("已签发，文号 %s。请打印，盖章后送达。")
            % issue_order(order=order, by=by, now=timezone.now()).number
        )

    told = _("签发后编定文号，内容不能再改，对商户有约束力。")
    sentence = told if possible else str(REFUSALS[OwnProposal if own else NotNow])
    form = bound_to_what_was_seen(NoteForm, _seen(order))
    effect = Effect(sentence, facts_of(order), warning=_later_than_said(order), possible=possible)
    return _question(_("签发责令改正通知书"), effect, do, form, order)


def _decline(request: HttpRequest, order: CorrectionOrder) -> Question:
    by = person(request)
    if not request.user.has_perm(SIGN) and order.proposed_by_id != by.pk:
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        decline_order(order=order, by=by, now=timezone.now(), note=told["note"])
        return _("通知书没有签发，可以重新拟写。")

    effect = Effect(_("这份通知书就此作罢。"), facts_of(order), possible=order.state == State.PROPOSED)
    return _question(
        _("不签发通知书"), effect, do, bound_to_what_was_seen(RequiredNoteForm, _seen(order)), order
    )


def _serve(request: HttpRequest, order: CorrectionOrder) -> Question:
    if not request.user.has_perm(PROPOSE):
        raise PermissionDenied

    def do(told: dict[str, Any]) -> str:
        serve_order(order=order, by=person(request), now=timezone.now(), **told)
        return _("已登记送达。")

    possible = order.state == State.ISSUED and order.served_on is None
    effect = Effect(_("登记后不能再改。"), facts_of(order), possible=possible)
    return _question(_("登记送达"), effect, do, ServedForm, order)


def _question(
    title: str, effect: Effect, do: Any, form: type[forms.Form], order: CorrectionOrder
) -> Question:
    return Question(title, effect, do, form, REFUSALS, reverse("staff-order", args=[order.pk]))


def _seen(order: CorrectionOrder) -> str:
    return f"{order.state}/{order.due_on}/{order.proposed_at}"


def _loaded(pk: int) -> CorrectionOrder:
    beside = ("inspection__merchant", "proposed_by", "decided_by", "recheck")
    return get_object_or_404(CorrectionOrder.objects.select_related(*beside), pk=pk)


def facts_of(order: CorrectionOrder) -> list[tuple[str, object]]:
    """What every page says of a letter."""
    served = f"{order.served_on} {order.served_how}" if order.served_on else ""
    facts = [
        (_("商户"), order.inspection.merchant.name),
        (_("检查日期"), order.inspection.inspected_on.isoformat()),
        (_("责令改正内容"), order.demands),
        (_("法律依据"), order.basis),
        (_("改正期限"), order.due_on.isoformat()),
        (_("检查时定的整改期限"), order.inspection.rectify_by and order.inspection.rectify_by.isoformat()),
        (_("承办人"), order.proposed_by),
        (_("签发人"), order.decided_by if order.number else None),
        (_("送达"), served),
        (_("复查合格"), order.recheck.inspected_on.isoformat() if order.recheck else None),
    ]
    return [(title, fact) for title, fact in facts if fact]


@require_GET
@staff_page(LOOK)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as it was signed, to be printed, sealed and served."""
    order = _loaded(pk)
    if order.number is None or order.decided_at is None:
        raise Http404
    shop = order.inspection.merchant
    record(Action.DOWNLOAD, by=person(request), of=order, detail={"reason": order.number})
    made = order_pdf(
        OrderLetter(
            number=order.number,
            shop=shop.name,
            uscc=shop.uscc,
            inspected_on=order.inspection.inspected_on,
            demands=order.demands,
            basis=order.basis,
            due_on=order.due_on,
            issued_on=local_day(order.decided_at),
            contact=settings.ORDER_CONTACT,
        )
    )
    name = f'inline; filename="order-{order.year}-{order.serial}.pdf"'
    return HttpResponse(made, content_type="application/pdf", headers={"Content-Disposition": name})
