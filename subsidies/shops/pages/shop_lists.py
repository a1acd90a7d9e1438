"""What a merchant's page lists of it, all in one shape: visits, spot checks, letters, trainings, events, people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.money import yuan
from core.shanghai import today
from ebikes.records.summaries import address
from merchants.models import (
    AgentPoint,
    CommitmentLetter,
    CorrectionOrder,
    EnforcementCase,
    Inspection,
    Membership,
    Merchant,
    SamplingLot,
    TradeInEvent,
    Training,
)
from subsidies.overview.pages.figure_links import Figure, Rows

NEWEST = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its name, where it leads, what it says, how it stands (`bad`: somebody must see to it), and remarks."""

    name: str
    url: str = ""
    text: str = ""
    state: str = ""
    bad: bool = False
    remark: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class EntryList:
    """Entries under a title; what is said where there are none; how many there are in all, where it is counted."""

    key: str
    title: str | Promise
    entries: list[Entry]
    empty: str | Promise
    total: Figure | None = None


def lists_of(shop: Merchant, request: HttpRequest, rows: Rows) -> list[EntryList]:
    """As far as this person may look at them."""
    return [*supervision_of(shop, rows), *_duties(shop, rows), *_people(shop, request)]


def _entries(found: QuerySet[Any], entry: Callable[[Any], Entry]) -> list[Entry]:
    return [entry(each) for each in found[:NEWEST]]


def supervision_of(shop: Merchant, rows: Rows) -> Iterator[EntryList]:
    """Visits, letters, cases and spot checks."""
    if rows.may(Inspection):
        found, total = _entries(shop.inspections.all(), _inspection), _all(Inspection, shop, rows)
        yield EntryList("inspections", _("一店一查"), found, _("还没有检查过。"), total)
    if rows.may(CorrectionOrder):
        orders = CorrectionOrder.objects.filter(inspection__merchant=shop)
        yield EntryList("orders", _("责令改正通知书"), _entries(orders, _order), _("没有通知书。"))
    if rows.may(EnforcementCase):
        cases = _entries(shop.enforcement_cases.all(), _case)
        yield EntryList("cases", _("查处案件"), cases, _("没有案件。"))
    if rows.may(SamplingLot):
        found, total = _entries(shop.sampling_lots.all(), _lot), _all(SamplingLot, shop, rows)
        yield EntryList("lots", _("监督抽查"), found, _("没有抽查记录。"), total)


def _all(model: type[Inspection] | type[SamplingLot], shop: Merchant, rows: Rows) -> Figure:
    return rows.figure(model.objects.filter(merchant=shop).count(), model, merchant__id__exact=shop.pk)


def _inspection(each: Inspection) -> Entry:
    state = ""
    if each.faulty and each.rectified_on:
        state = _("%(day)s 已整改") % {"day": each.rectified_on}
    elif each.faulty:
        state = _("待整改")
        if each.rectify_by:
            state += " · " + _("限 %(day)s 前") % {"day": each.rectify_by}
    return Entry(
        str(each.inspected_on),
        reverse("staff-visit", args=[each.pk]),
        each.get_conclusion_display() or _("检查中"),
        state,
        bad=each.rectified_on is None,
        below=_("；").join(each.faults()),
    )


def _order(each: CorrectionOrder) -> Entry:
    late = each.state == CorrectionOrder.State.ISSUED and each.due_on < today()
    until = _("限 %(day)s 前") % {"day": each.due_on}
    page = reverse("staff-order", args=[each.pk])
    return Entry(each.number or _("待签发"), page, until, each.get_state_display(), bad=late)


def _case(each: EnforcementCase) -> Entry:
    fined = _("罚款 %s 元") % yuan(each.fine_fen) if each.fine_fen else ""
    page, goes_on = reverse("staff-enforcement", args=[each.pk]), each.ended_at is None
    told = each.get_outcome_display()
    return Entry(each.number or _("待移送"), page, told, each.get_state_display(), bad=goes_on, remark=fined)


def _lot(each: SamplingLot) -> Entry:
    what = f"{each.get_kind_display()} × {each.lots}"
    result = each.get_result_display()
    return Entry(str(each.sampled_on), address(each), what, result, bad=each.failed > 0, below=each.follow_up)


def _duties(shop: Merchant, rows: Rows) -> Iterator[EntryList]:
    if rows.may(AgentPoint):
        letters = [_letter(each) for each in shop.letters.all()]
        yield EntryList("letters", _("承诺书"), letters, _("还没有签订。"))
    if rows.may(Training):
        trainings = _entries(shop.trainings.all(), _training)
        yield EntryList("trainings", _("培训"), trainings, _("还没有参加过。"))
    if rows.may(TradeInEvent):
        events = _entries(shop.trade_in_events.all(), _event)
        yield EntryList("events", _("集中置换活动"), events, _("还没有参加过。"))


def _letter(each: CommitmentLetter) -> Entry:
    said = [_("%(day)s 签订") % {"day": each.signed_on}]
    if each.posted_at:
        said.append(_("%(day)s 上墙") % {"day": each.posted_at})
    return Entry(
        each.text_version,
        text=" · ".join(("", *said)).strip(),
        state="" if each.posted_at else _("未上墙"),
        bad=True,
        remark=_("在线签订") if each.signed_at else _("纸质"),
    )


def _training(each: Training) -> Entry:
    return Entry(str(each.held_on), address(each), each.title, remark=each.place)


def _event(each: TradeInEvent) -> Entry:
    return Entry(str(each.held_on), address(each), each.get_venue_kind_display(), remark=each.place)


def _people(shop: Merchant, request: HttpRequest) -> Iterator[EntryList]:
    if any(map(request.user.has_perm, ("merchants.view_membership", "merchants.add_invitation"))):
        people = [_person(each) for each in shop.memberships.select_related("user")]
        yield EntryList("people", _("商户人员"), people, _("还没有人注册。"))


def _person(each: Membership) -> Entry:
    state = "" if each.user.is_active else _("已停用")
    return Entry(str(each.user), state=state, bad=True, remark=each.get_role_display())
