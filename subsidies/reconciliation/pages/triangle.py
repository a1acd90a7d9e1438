"""The triangle of a month: ledger, orders and statement by day; and whether the next order may leave."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.audit.record import Action, record
from core.content_types import XLSX
from core.money import plain_yuan
from core.shanghai import FIRST_DAY, LAST_DAY, today
from core.staff.access import person, staff_page
from merchants.documents.sheet import sheet_xlsx
from subsidies.models import Difference, StatementReading
from subsidies.reconciliation.selectors.gate import Shut, gate
from subsidies.reconciliation.selectors.triangle import Day, Leg, month_of, total, triangle

RIGHTS = ("subsidies.view_difference",)


class MonthForm(forms.Form):
    """Which month."""

    month = forms.DateField(
        label=gettext_lazy("月份"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput({"type": "month"}, format="%Y-%m"),
    )

    def clean_month(self) -> date:
        """Within the years of the programme."""
        month: date = self.cleaned_data["month"]
        if not FIRST_DAY <= month <= LAST_DAY:
            raise forms.ValidationError(_("请填写 2000 年至 2099 年间的月份。"))
        return month


def _asked(request: HttpRequest) -> tuple[MonthForm, date, date]:
    form = MonthForm(request.GET if "month" in request.GET else {"month": f"{today():%Y-%m}"})
    return form, *month_of(form.cleaned_data["month"] if form.is_valid() else today())


@staff_page(*RIGHTS)
def triangle_page(request: HttpRequest) -> HttpResponse:
    """The month by day; what is open; and the gate."""
    form, first, last = _asked(request)
    now = timezone.now()
    days = triangle(first=first, last=last, now=now)
    live = Difference.objects.filter(state__in=Difference.LIVE).select_related("owner").order_by("found_at")
    context = {
        **admin.site.each_context(request),
        "title": _("对账"),
        "form": form,
        "month": first,
        "before": first - timedelta(days=1),
        "after": last + timedelta(days=1),
        "days": [(day, _list(day), _state(day), _look(day)) for day in days],
        "total": total(days),
        "gate": gate_sentence(gate(now=now)),
        "live": [(each, (now - each.found_at).days) for each in live[:20]],
        "waiting": StatementReading.objects.filter(state=StatementReading.State.PROPOSED),
        "may_upload": request.user.has_perm("subsidies.add_statementreading"),
    }
    return TemplateResponse(request, "subsidies/reconciliation/triangle.html", context)


def gate_sentence(shut: Shut | None) -> str:
    """Why the next order does not leave; empty where it may."""
    if shut is None:
        return ""
    if shut.unread:
        return _("%s 的对账单还没有读到：新的发放指令暂不发出。") % shut.unread
    return _("还有 %s 项差异没有了结：新的发放指令暂不发出，已发出的照常查询结果。") % f"{shut.differences:,}"


def _state(day: Day) -> str:
    if day.open:
        return _("%s 项待处理") % day.open
    if day.day >= today():
        return _("当天，次日读取对账单")
    if not day.read:
        return _("对账单未读")
    return _("一致") if day.agrees and not day.signed else _("差异已签认")


def _look(day: Day) -> str:
    """What is to be looked at stands out; a day that is not over is nothing to look at yet."""
    settled = day.closed or (day.day >= today() and not day.open)
    return "agrees" if settled else "differs"


def _list(day: Day) -> str:
    if not (day.open or day.signed):
        return ""
    address = reverse("admin:subsidies_difference_changelist")
    return f"{address}?day__gte={day.day}&day__lte={day.day}"


@staff_page(*RIGHTS)
def triangle_file(request: HttpRequest) -> HttpResponse:
    """The same as a workbook; that it was taken away is written down."""
    _form, first, last = _asked(request)
    days = triangle(first=first, last=last, now=timezone.now())
    detail = {"report": f"{_('对账')} {first:%Y-%m}"}
    record(Action.DOWNLOAD, by=person(request), detail=detail)
    content = sheet_xlsx(_("对账"), _lines(days, first))
    name = f'attachment; filename="reconciliation-{first:%Y-%m}.xlsx"'
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": name})


def _lines(days: Sequence[Day], first: date) -> list[list[str]]:
    legs = (_("账目"), _("发放明细"), _("对账单"))
    titles = (_("笔数"), _("金额(元)"), _("退回笔数"), _("退回金额(元)"))
    head = [_("日期"), *(f"{leg} {title}" for leg in legs for title in titles), _("未了结差异"), _("状态")]
    lines = [[_("电动自行车淘汰置换补贴对账表"), f"{first:%Y-%m}"], [], head]
    lines += [[f"{day.day}", *_figures(day), f"{day.open}", _state(day)] for day in days]
    if whole := total(days):
        lines.append([_("合计"), *_figures(whole), f"{whole.open}", ""])
    return lines


def _figures(day: Day) -> list[str]:
    return [text for leg in (day.ledger, day.orders, day.statement) for text in _leg(leg)]


def _leg(leg: Leg) -> list[Any]:
    return [f"{leg.paid}", plain_yuan(leg.paid_fen), f"{leg.returned}", plain_yuan(leg.returned_fen)]
