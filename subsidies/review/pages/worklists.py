"""The work lists: what needs a person, oldest first, in tabs by kind; and the way from one case to the next."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.models import User
from core.paging import CappedPaginator
from core.shanghai import local_day
from core.staff.access import person, staff_page
from subsidies.casework.pages.wording import due_in_words
from subsidies.casework.selectors.queue import holders, may_handle
from subsidies.decision_reasons import reasons_and_note
from subsidies.models import Claim, Hold, PayoutLine, SignalSweep
from subsidies.reasons import PAYOUT_FAILURES
from subsidies.review.pages.claim_facts import name_of
from subsidies.review.pages.work_filter import DAYS, filter_form
from subsidies.review.selectors.deadlines import unknown_ahead
from subsidies.review.selectors.narrowing import NOBODYS, Narrowing
from subsidies.review.selectors.worklist import (
    DUE_TODAY,
    OVERDUE,
    Filter,
    Tab,
    WithOthers,
    counts,
    entries,
    looked_at,
    next_case,
    with_others,
)

LOOK = "subsidies.view_claim"
PAGE = 50
TABS = {
    Tab.MINE: gettext_lazy("我的待办"),
    Tab.REVIEW: gettext_lazy("待人工复核"),
    Tab.HOLDS: gettext_lazy("不一致和疑点"),
    Tab.CORRECTION: gettext_lazy("待商户更正"),
    Tab.FAILED: gettext_lazy("发放失败"),
    Tab.OPEN: gettext_lazy("全部待办"),
}
WHAT = {
    Tab.MINE: gettext_lazy("分派给您的申请：作出认定后自动移出；不归您办的，可移交或退回。"),
    Tab.REVIEW: gettext_lazy("两个系统长时间没有答复，需要人工认定。"),
    Tab.HOLDS: gettext_lazy("已暂缓发放：核实后解除，或不予补贴。"),
    Tab.CORRECTION: gettext_lazy("等待商户更正记录；可打电话提醒，无需认定。"),
    Tab.FAILED: gettext_lazy("运营机构发放未成功；收款信息更正后重新批准。"),
    Tab.OPEN: gettext_lazy("等待工作人员办理的全部申请，不论因何等待、由谁承办。"),
}
_WITHOUT_PAYEES = PayoutLine.objects.defer("payee_wallet", "payee_phone")  # not shown, and so not unsealed


def chosen_by(query: QueryDict, by: User) -> Filter:
    """The tab and filters of an address; what makes no sense is left out. The first tab is that of whoever asks."""
    tab = next((each for each in Tab if each == query.get("tab")), Tab.REVIEW)
    kind = query.get("kind", "") if tab is Tab.HOLDS and query.get("kind") in Hold.Kind.values else ""
    days = query.get("days", "")
    more = Narrowing.of(query)
    if tab is Tab.MINE and more.holder in ("", NOBODYS):
        more = replace(more, holder=str(by.pk))
    due = query.get("due", "") if tab is Tab.OPEN and query.get("due") in (OVERDUE, DUE_TODAY) else ""
    return Filter(tab, kind, int(days) if days in {str(each) for each in DAYS} else 0, more, due)


def as_query(chosen: Filter, **more: object) -> str:
    """The address's part that names a tab and its filters."""
    narrowed = {"kind": chosen.kind, "days": chosen.days or "", "due": chosen.due, **chosen.more.as_query()}
    parts = {"tab": chosen.tab.value, **narrowed, **more}
    return urlencode({name: value for name, value in parts.items() if value != ""})


def way_on(chosen: Filter, after: tuple[datetime, int]) -> str:
    """Where the next case of the same list opens."""
    since, claim = after
    return f"{reverse('staff-work-next')}?{as_query(chosen, after=f'{since.isoformat()}_{claim}')}"


@require_GET
@staff_page(LOOK)
def work(request: HttpRequest) -> HttpResponse:
    """One tab of the work list."""
    by = person(request)
    now, chosen = timezone.now(), chosen_by(request.GET, by)
    found = counts(by=by, now=now)
    page = CappedPaginator(entries(chosen, now=now), PAGE).get_page(request.GET.get("page"))
    last = SignalSweep.objects.order_by("at").last()
    context = {
        **admin.site.each_context(request),
        "title": _("资格核验：工作清单"),
        "tabs": [(f"?{as_query(Filter(tab))}", TABS[tab], found[tab], tab is chosen.tab) for tab in Tab],
        "what": WHAT[chosen.tab],
        "filter": filter_form(chosen),
        "sorted": bool(chosen.more.sort),
        "narrowed": chosen.more.narrows or chosen.kind or chosen.days or chosen.due,
        "page": page,
        "rows": _rows(list(page), chosen, by=by, now=now),
        "may_assign": may_handle(by),
        "unknown_year": unknown_ahead(local_day(now)),
        "first": f"{reverse('staff-work-next')}?{as_query(chosen)}",
        "swept": last.at if last and chosen.tab is Tab.HOLDS else None,
    }
    return TemplateResponse(request, "subsidies/review/work.html", context)


def _rows(page: list[dict[str, Any]], chosen: Filter, *, by: User, now: datetime) -> list[dict[str, Any]]:
    ids = [row["claim"] for row in page]
    claims = (
        Claim.objects.filter(pk__in=ids)
        .select_related("trade_in__merchant", "stage", "policy")
        .prefetch_related("holds__answers", Prefetch("payout_lines", _WITHOUT_PAYEES), "events")
        .without_contacts()
        .in_bulk()
    )
    held = holders(ids)
    lookers = {claim: user for claim, user in looked_at(ids, now=now).items() if user != by}
    query = as_query(chosen)
    return [
        {
            "claim": claims[row["claim"]],
            "url": f"{reverse('staff-case', args=[row['claim']])}?{query}",
            "since": row["since"],
            "days": (now - row["since"]).days,
            "why": _why(claims[row["claim"]], chosen.tab),
            "looker": name_of(lookers.get(row["claim"])),
            "holder": name_of(held[row["claim"]].holder) if row["claim"] in held else "",
            "due": due_in_words(
                claims[row["claim"]], row["since"], held.get(row["claim"]), today=local_day(now)
            ),
        }
        for row in page
    ]


def _why(claim: Claim, tab: Tab) -> str:
    """In a few words why it waits: the kinds of its open holds, else what the operator said, or the latest note."""
    held = _("、").join(_kind(hold) for hold in claim.holds.all() if not hold.cleared_at)
    if tab is Tab.HOLDS or held:
        return held
    if tab is Tab.FAILED:
        failed = [
            line.fail_reason
            for line in claim.payout_lines.all()
            if line.fail_reason and line.supplement_id is None
        ]
        return str(PAYOUT_FAILURES.get(failed[-1], failed[-1])) if failed else ""
    events = list(claim.events.all())
    return reasons_and_note(events[-1].reasons, events[-1].note) if events else ""


def _kind(hold: Hold) -> str:
    """What holds it; of what the shop was asked for, whether that came."""
    if hold.answers.all():
        return _("商户已补充材料，待查看")
    return str(hold.get_kind_display())


@require_GET
@staff_page(LOOK)
def next_one(request: HttpRequest) -> HttpResponse:
    """Open the next case of a list; at its end, the list, which says so."""
    by, now = person(request), timezone.now()
    chosen = chosen_by(request.GET, by)
    after = _after(request.GET.get("after", ""))
    claim = next_case(chosen, after=after, by=by, now=now)
    if claim is not None:
        return redirect(f"{reverse('staff-case', args=[claim])}?{as_query(chosen)}")
    messages.info(request, _at_the_end(with_others(chosen, by=by, now=now)))
    return redirect(f"{reverse('staff-work')}?{as_query(chosen)}")


def _at_the_end(left: WithOthers) -> str:
    """That nothing more is for this person now; and what colleagues have, so that nobody takes it for nothing."""
    said = _("这份清单已经到末尾。")
    if left.looked_at:
        names = _("、").join(map(name_of, left.lookers))
        said += _("其中 %(count)s 份正由同事查看：%(names)s。") % {"count": left.looked_at, "names": names}
    if left.assigned:
        names = _("、").join(map(name_of, left.holders))
        said += _("其中 %(count)s 份已分派给同事：%(names)s。") % {"count": left.assigned, "names": names}
    return said


def _after(text: str) -> tuple[datetime, int] | None:
    since, _separator, claim = text.rpartition("_")
    try:
        moment = datetime.fromisoformat(since)
        return (moment, int(claim)) if moment.tzinfo else None
    except ValueError:
        return None
