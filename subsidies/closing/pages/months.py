"""The months of each scheme, closed and open; a month is closed here by one person and confirmed by another."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.audit.record import Action, record
from core.content_types import PDF, XLSX
from core.money import yuan_and_fen
from core.shanghai import month_named, to_the_minute, today
from core.staff.access import person, staff_page
from core.staff.ask_first import (
    Done,
    Effect,
    NoteForm,
    Question,
    RequiredNoteForm,
    ask_first,
    bound_to_what_was_seen,
)
from subsidies.closing.accounts import kind_title
from subsidies.closing.pages.telling import figures, item_title, item_told
from subsidies.closing.papers.documents import name_of
from subsidies.closing.selectors.calendar import Month, month_to_close, months_of
from subsidies.closing.selectors.drafts import unmapped
from subsidies.closing.selectors.figures import Sums, sums_of
from subsidies.closing.selectors.in_force import accounts_in_force, rules_in_force
from subsidies.closing.selectors.still_open import OpenItem, still_open
from subsidies.closing.services.close import (
    Blocked,
    Decided,
    LedgerBroken,
    NotOver,
    OutOfOrder,
    SamePerson,
    Unmapped,
    close_month,
    confirm_close,
    decline_close,
)
from subsidies.closing.services.documents import NotClosed, vouchers_of
from subsidies.models import KeptDocument, LedgerEntry, Period, Scheme

LOOK, CLOSE = "subsidies.view_period", "subsidies.change_period"
REFUSALS: dict[type[Exception], object] = {
    NotOver: gettext_lazy("这个月还没有结束。"),
    OutOfOrder: gettext_lazy("月份须按先后关账：上一个月尚未关账或确认，或这个月已经关账。"),
    LedgerBroken: gettext_lazy("账目自身核对不符，不能关账：请系统管理员运行 manage.py verify_ledger 查明。"),
    Blocked: gettext_lazy("还有必须先了结的事项，不能关账。"),
    Unmapped: gettext_lazy("科目对应表缺少本月发生的账目类别，请先补充。"),
    SamePerson: gettext_lazy("关账的人不能自己确认，须由另一位财务人员确认。"),
    Decided: gettext_lazy("这个月的关账已经确认或退回。"),
}
CONTENT = {
    "pdf": PDF,
    "xlsx": XLSX,
}


@require_GET
@staff_page(LOOK)
def months(request: HttpRequest) -> HttpResponse:
    """Every scheme's months: state, sums by kind, and the ways to vouchers and files."""
    closes = request.user.has_perm(CLOSE)
    schemes = [
        (scheme, [_row(scheme, month, request, closes=closes) for month in months_of(scheme, today=today())])
        for scheme in Scheme.objects.at_work().order_by("-pk")
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("月结"),
        "kinds": [title for _kind, title in LedgerEntry.Kind.choices],
        "schemes": schemes,
        "unconfirmed": [each for each in rules_in_force().values() if not each["version"]],
        "closes": closes,
    }
    return TemplateResponse(request, "subsidies/closing/months.html", context)


def _row(scheme: Scheme, month: Month, request: HttpRequest, *, closes: bool) -> dict[str, Any]:
    period = month.period
    waits = period is not None and period.state == Period.State.CLOSING
    state = period.get_state_display() if period else _("未关账") if month.over else _("本月，尚未结束")
    return {
        "month": month,
        "state": state,
        "waits": waits or month.next,
        "cells": [(title, _cell(month.sums, kind)) for kind, title in LedgerEntry.Kind.choices],
        "period": period,
        "page": reverse("admin:subsidies_period_change", args=[period.pk]) if period else "",
        "close": (
            reverse("staff-month-close", args=[scheme.pk, f"{month.first:%Y-%m}"])
            if closes and month.next
            else ""
        ),
        "confirm": closes and waits and period is not None and period.closed_by_id != person(request).pk,
        "closed": period is not None and period.state == Period.State.CLOSED,
    }


def _cell(sums: Sums, kind: str) -> str:
    return yuan_and_fen(sums[kind]["fen"]) if kind in sums else "–"


@require_http_methods(["GET", "POST"])
@staff_page(CLOSE)
def close(request: HttpRequest, pk: int, month: str) -> HttpResponse:
    """Say what would be frozen and what is still open, then close; another person confirms."""
    scheme, first = get_object_or_404(Scheme, pk=pk), _first_of(month)
    if first != month_to_close(scheme, today=today()):
        raise Http404
    items, sums = still_open(scheme, first, thorough=False), sums_of(scheme, first)
    lacking = [kind_title(kind) for kind in unmapped(sums, accounts_in_force())]
    form: type[NoteForm] = RequiredNoteForm if items else NoteForm

    def do(told: dict[str, Any]) -> Done:
        period = close_month(
            scheme=scheme, month=first, by=person(request), now=timezone.now(), note=told["note"]
        )
        sentence = _(
            "%(month)s 已关账，制成 %(n)s 张凭证。须由另一位财务人员确认后生效；从现在起不再有账目记入这个月。"
        )
        return Done(sentence % {"month": month, "n": period.vouchers.count()}, page_of(period))

    seen = "/".join(f"{kind}:{told['rows']}:{told['fen']}" for kind, told in sums.items())
    seen += "|" + "/".join(f"{item.code}:{item.count}:{item.fen}" for item in items)
    question = Question(
        _("%s 关账") % month,
        _closing(sums, items, lacking),
        do,
        bound_to_what_was_seen(form, seen),
        REFUSALS,
        reverse("staff-months"),
    )
    return ask_first(request, question) or redirect("staff-months")


def _closing(sums: Sums, items: list[OpenItem], lacking: list[str]) -> Effect:
    facts = [*figures(sums), *((_("未了：%s") % item.title, item_told(item.as_json())) for item in items)]
    if lacking:
        facts += [(_("科目对应表缺少"), _("、").join(lacking))]
    if blocking := [item for item in items if item.blocks]:
        sentence = _("还有必须先了结的事项，不能关账：%s。") % _("、").join(item.title for item in blocking)
        return Effect(sentence, facts, possible=False)
    if lacking:
        return Effect(str(REFUSALS[Unmapped]), facts, possible=False)
    warnings = []
    if items:
        warnings.append(_("还有未了事项，将随关账留存。请在说明中写明为什么可以先关账。"))
    if any(not each["version"] for each in rules_in_force().values()):
        warnings.append(_("科目对应表或版式仍是随系统附带的，尚未按财政部门的要求核定。"))
    return Effect(
        _(
            "关账后不再有账目记入这个月，迟到的结果记入以后的月份。另一人确认后不能重新打开，差错在以后的月份更正。"
        ),
        facts,
        " ".join(warnings),
    )


@require_http_methods(["GET", "POST"])
@staff_page(CLOSE)
def decide(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Confirm what another person closed, or give it back."""
    if slug not in VERBS:
        raise Http404
    period = get_object_or_404(Period.objects.select_related("scheme", "closed_by"), pk=pk)
    back = page_of(period)
    title, sentence, form, verb, done = VERBS[slug]
    own = slug == "confirm" and period.closed_by_id == person(request).pk
    open_ = period.state == Period.State.CLOSING
    refusal = REFUSALS[SamePerson] if own else REFUSALS[Decided]

    def do(told: dict[str, Any]) -> str:
        verb(period=period, by=person(request), now=timezone.now(), note=told["note"])
        return str(done)

    facts: list[tuple[str, object]] = [
        (_("关账人"), f"{name_of(period.closed_by)} {to_the_minute(period.closed_at)}"),
        *figures(period.sums),
        (_("凭证"), _("%s 张") % period.vouchers.count()),
        *((_("未了：%s") % item_title(item), item_told(item)) for item in period.open_items),
    ]
    effect = Effect(str(sentence if open_ and not own else refusal), facts, possible=open_ and not own)
    seen = bytes(period.vouchers_digest or b"").hex()
    question = Question(title, effect, do, bound_to_what_was_seen(form, seen), REFUSALS, back)
    return ask_first(request, question) or redirect(back)


VERBS: dict[str, tuple[object, object, type[NoteForm], Callable[..., Period], object]] = {
    "confirm": (
        gettext_lazy("确认关账"),
        gettext_lazy("请核对凭证和未了事项。确认后这个月不能重新打开，凭证和文件按规定年限保管。"),
        NoteForm,
        confirm_close,
        gettext_lazy("已确认，这个月关账完成。"),
    ),
    "decline": (
        gettext_lazy("退回关账"),
        gettext_lazy("退回后这个月重新打开，可再次关账。已制的凭证作废，留存备查。"),
        RequiredNoteForm,
        decline_close,
        gettext_lazy("已退回，这个月重新打开。"),
    ),
}


@require_GET
@staff_page(LOOK)
def vouchers_file(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """A closed month's vouchers, as they were given out first; that they were taken away is written down."""
    period = get_object_or_404(Period.objects.select_related("scheme", "closed_by", "decided_by"), pk=pk)
    try:
        kept = vouchers_of(period=period, file_format=form, now=timezone.now())
    except NotClosed:
        raise Http404 from None
    return given_out(request, kept, period, f"vouchers-{period.scheme.code}-{period.month:%Y-%m}")


def given_out(request: HttpRequest, kept: KeptDocument, whose: Any, name: str) -> HttpResponse:
    """A kept document to be downloaded."""
    detail = {"file": f"{name}.{kept.file_format}", "form": kept.file_format}
    record(Action.DOWNLOAD, by=person(request), of=whose, detail=detail)
    headers = {"Content-Disposition": str(content_disposition_header(True, f"{name}.{kept.file_format}"))}
    return HttpResponse(bytes(kept.content), content_type=CONTENT[kept.file_format], headers=headers)


def page_of(period: Period) -> str:
    return reverse("admin:subsidies_period_change", args=[period.pk])


def _first_of(month: str) -> date:
    found = month_named(month)
    if found is None:
        raise Http404
    return found
