"""Granting and withdrawing the authorisation of an agent point, and enabling a merchant: asked once, then done."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextareaWidget

from core.money import yuan
from core.privacy.notes import names_nobody
from core.shanghai import today
from core.staff.access import person, staff_page
from core.staff.ask_first import Effect, Question, ask_first
from merchants.models import AgentPoint, Merchant
from merchants.shops.standing import with_standing
from subsidies.shops.selectors.unpaid import Unpaid, decided_claims, unpaid_of
from subsidies.shops.services.authorisations import (
    NoReason,
    NotAuthorised,
    Overlaps,
    Retroactive,
    Reversed,
    TooFar,
    grant_authorisation,
    withdraw_authorisation,
)
from subsidies.shops.services.enabling import BeforeRegistration, ChangesDecisions, enable_trade_in

GRANT_REFUSALS: dict[type[Exception], object] = {
    Retroactive: gettext_lazy("授权不能早于今天开始；补录以前的授权，请用导入。没有授牌。"),
    Reversed: gettext_lazy("授权止不能早于授权起。没有授牌。"),
    Overlaps: gettext_lazy("这个代办点在所选日期内已有授权，两段授权不能重叠。没有授牌。"),
}
WITHDRAW_REFUSALS: dict[type[Exception], object] = {
    Retroactive: gettext_lazy("撤回不溯及既往，最后一天不能早于今天。没有撤回。"),
    NotAuthorised: gettext_lazy("这个代办点在所选日期之后本来就没有授权。没有撤回。"),
    NoReason: gettext_lazy("请写明撤回原因。没有撤回。"),
    TooFar: gettext_lazy("最多提前一年办理撤回。没有撤回。"),
}
ENABLE_REFUSALS: dict[type[Exception], object] = {
    ChangesDecisions: gettext_lazy(
        "有申请已按原来的开通日期认定，改晚后其购车日期会早于开通日期。请先处理这些申请。没有改动。"
    ),
    BeforeRegistration: gettext_lazy("开通日期不能早于商户的平台注册日期。没有改动。"),
    TooFar: gettext_lazy("开通日期不能晚于一年以后。没有改动。"),
}


EARLIER = gettext_noop(
    "已记下 %(merchant)s 自 %(day)s 起开通。这一天已经过去，须另一人在本页填写同一日期后生效。"
)


class DayInput(forms.DateInput):
    """The browser's own calendar, in the admin's look."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__({"class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d")


class GrantForm(forms.Form):
    """From when to when, both included."""

    starts_on = forms.DateField(label=gettext_lazy("授权起"), initial=today, widget=DayInput())
    ends_on = forms.DateField(
        label=gettext_lazy("授权止"),
        required=False,
        widget=DayInput(),
        help_text=gettext_lazy("含当日；留空表示到撤回为止。"),
    )


class WithdrawForm(forms.Form):
    """The last day, and why."""

    last_day = forms.DateField(
        label=gettext_lazy("授权最后一天"),
        initial=today,
        widget=DayInput(),
        help_text=gettext_lazy("含当日，不早于今天。当日及以前回收的旧车，资格不受影响。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("撤回原因"),
        validators=[names_nobody],
        max_length=500,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=gettext_lazy("写入授权记录和每一笔暂缓，不可更改。请勿填写证件号码、手机号等个人信息。"),
    )

    def clean_last_day(self) -> date:
        """Said beside the field, and the reason that was typed stays."""
        day: date = self.cleaned_data["last_day"]
        if day < today():
            raise forms.ValidationError(_("撤回不溯及既往，最后一天不能早于今天。"))
        return day


class EnableForm(forms.Form):
    """From which day on."""

    on = forms.DateField(label=gettext_lazy("开通日期"), initial=today, widget=DayInput())


def _asked(request: HttpRequest, question: Question) -> HttpResponse:
    return ask_first(request, question) or redirect(question.back)


def _point(pk: int) -> AgentPoint:
    return get_object_or_404(AgentPoint.objects.select_related("merchant"), pk=pk)


@staff_page("merchants.add_agentauthorization")
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Authorise a point."""
    point = _point(pk)

    def do(data: dict[str, Any]) -> str:
        granted = grant_authorisation(point=point, **data, by=person(request), now=timezone.now())
        return _("代办点 %(point)s 已授牌，自 %(day)s 起。") % {"point": point, "day": granted.starts_on}

    question = Question(
        title=_("为代办点 %s 授牌") % point,
        effect=_grant_effect(point),
        do=do,
        form=GrantForm,
        refusals=GRANT_REFUSALS,
        back=reverse("admin:merchants_agentpoint_change", args=[point.pk]),
    )
    return _asked(request, question)


def _grant_effect(point: AgentPoint) -> Effect:
    """What to know of the merchant before it may handle money's bikes; what it lacks is said, and does not stop it."""
    shop: Any = with_standing(Merchant.objects.filter(pk=point.merchant_id), day=today()).get()
    enabled_on: date | None = shop.trade_in_enabled_on
    lacks = [
        text
        for lacking, text in (
            (enabled_on is None or enabled_on > today(), _("未开通淘汰置换")),
            (not shop.signed_on, _("未签承诺书")),
            (not shop.posted_at, _("承诺书未上墙")),
            (not shop.trained_on, _("未参加培训")),
            (shop.open_faults, _("有未整改的问题")),
        )
        if lacking
    ]
    return Effect(
        _("授权期内在这个代办点回收的旧车，代办点一项资格核验通过。以前暂缓的申请不会因此解除。"),
        facts=[
            (_("销售商户"), shop.name),
            (_("淘汰置换开通日期"), enabled_on or "–"),
            (_("承诺书签订日期"), shop.signed_on or "–"),
            (_("承诺书上墙日期"), shop.posted_at or "–"),
            (_("最近一次培训"), shop.trained_on or "–"),
            (_("最近一次检查"), shop.inspected_on or "–"),
        ],
        warning=_("这家商户%s。") % _("、").join(lacks) if lacks else "",
    )


@staff_page("merchants.change_agentauthorization")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a point's authorisation back, and hold what is unpaid."""
    point = _point(pk)

    def do(data: dict[str, Any]) -> str:
        held = withdraw_authorisation(point=point, **data, by=person(request), now=timezone.now())
        said = {"point": point, "day": data["last_day"], "held": held}
        return _("代办点 %(point)s 的授权到 %(day)s 为止，已暂缓 %(held)s 份申请。") % said

    question = Question(
        title=_("撤回代办点 %s 的授权") % point,
        effect=_withdraw_effect(point, unpaid_of(point)),
        do=do,
        form=WithdrawForm,
        refusals=WITHDRAW_REFUSALS,
        back=reverse("admin:merchants_agentpoint_change", args=[point.pk]),
    )
    return _asked(request, question)


def _withdraw_effect(point: AgentPoint, unpaid: Unpaid) -> Effect:
    day = today()
    periods = [
        period for period in point.authorizations.all() if period.ends_on is None or period.ends_on >= day
    ]
    if not any(period.ends_on is None or period.ends_on > day for period in periods):
        return Effect(_("这个代办点今天以后没有授权，没有可以撤回的。"), possible=False)
    sentence = _(
        "将立即暂缓这个代办点 %(count)s 份未发放的申请，共 %(yuan)s 元；已发放的不变，已认定的资格不变。"
    )
    facts: list[tuple[str, object]] = [(_("销售商户"), point.merchant)]
    facts += [
        (
            str(each.state.label),
            _("%(count)s 份，%(yuan)s 元") % {"count": f"{each.count:,}", "yuan": yuan(each.fen)},
        )
        for each in unpaid.by_state
    ]
    warning = _("其中 %s 份已放行给运营机构，可能仍会到账；没有到账的不会再次发放。") % unpaid.under_way
    return Effect(
        sentence % {"count": f"{unpaid.count:,}", "yuan": yuan(unpaid.fen)},
        facts=facts,
        warning=warning if unpaid.under_way else "",
    )


def _said_by_one(merchant: Merchant) -> list[tuple[str, object]]:
    if merchant.earlier_on is None:
        return []
    return [(_("%s 已提出，待另一人核对") % merchant.earlier_by, merchant.earlier_on)]


@staff_page("merchants.change_merchant")
def enable(request: HttpRequest, pk: int) -> HttpResponse:
    """Say from which day a merchant's trade-in function is enabled."""
    merchant = get_object_or_404(Merchant, pk=pk)
    decided = decided_claims(merchant).count()

    def do(data: dict[str, Any]) -> str:
        counts = enable_trade_in(merchant=merchant, **data, by=person(request), now=timezone.now())
        said = _("%(merchant)s 的淘汰置换自 %(day)s 起开通。") if counts else _(EARLIER)
        return said % {"merchant": merchant, "day": data["on"]}

    question = Question(
        title=_("设定 %s 的淘汰置换开通日期") % merchant,
        effect=Effect(
            _(
                "以后核验的申请按新日期认定：购车早于开通日期的，不予补贴。已认定的不变。"
                "提前到已经过去的日期，须两人先后填写同一日期。"
            ),
            facts=[
                (_("原开通日期"), merchant.trade_in_enabled_on or _("未开通")),
                *_said_by_one(merchant),
                (_("已按原日期认定、仍有效的申请"), f"{decided:,}"),
            ],
            warning=_("改晚后若与已认定的申请矛盾，将不予更改。") if decided else "",
        ),
        do=do,
        form=EnableForm,
        refusals=ENABLE_REFUSALS,
        back=reverse("staff-merchant", args=[merchant.pk]),
    )
    return _asked(request, question)
