"""What waits, each with the way to where it is done; what waits for this very person comes first."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import yuan
from core.shanghai import local_day
from ebikes.models import ImportBatch
from subsidies.casework.selectors.loads import own_load
from subsidies.closing.selectors.calendar import waiting_months
from subsidies.models import (
    Claim,
    Difference,
    Hold,
    PayoutBatch,
    PayoutLine,
    Period,
    RecoveryCase,
    Supplement,
)
from subsidies.overview.pages.figure_links import Rows
from subsidies.overview.pages.report_tasks import report_tasks
from subsidies.overview.pages.shop_tasks import shop_tasks
from subsidies.overview.pages.task import Task
from subsidies.overview.selectors.open_work import OpenWork, open_work
from subsidies.overview.selectors.overview import Overview
from subsidies.recoveries.pages.asking import CONFIRM as CONFIRM_RECEIPT
from subsidies.recoveries.pages.asking import DECIDE as CONFIRM_DEMAND
from subsidies.recoveries.pages.asking import PROPOSE as DEMAND
from subsidies.recoveries.pages.asking import TAKE as TAKE_RECEIPT
from subsidies.recoveries.selectors.worklist import Tab as Recovery
from subsidies.recoveries.selectors.worklist import counts
from subsidies.review.selectors.worklist import STATE_OF, Tab
from subsidies.states import ClaimState
from subsidies.supplements.pages.supplements import DECIDE as CONFIRM_SUPPLEMENT

DECIDE, APPROVE = "subsidies.decide_claim", "subsidies.change_claim"
TABS = {state: tab for tab, state in STATE_OF.items()}
# Who can do something about what stands in a work list; a correction is the shop's.
RIGHTS = {Tab.REVIEW: (DECIDE,), Tab.CORRECTION: (), Tab.FAILED: (APPROVE,)}


def tasks(found: Overview, rows: Rows, *, now: datetime) -> list[Task]:
    """Everything that this person may see."""
    beside = open_work(now=now)
    every: list[Task] = []
    if rows.may(Claim):
        every += [
            *_mine(rows, now=now),
            *_work(found, rows, now=now),
            *_holds(beside, rows),
            *_money(found, rows),
        ]
    if rows.may(PayoutBatch):
        figure = rows.figure(found.drafts, PayoutBatch, state__exact=PayoutBatch.State.DRAFT)
        remark = _("共 %s 元") % yuan(found.drafts_fen) if found.drafts else ""
        waits = found.drafts > 0 and rows.can("subsidies.change_payoutbatch")
        every.append(Task(_("待放行的发放批次"), figure, waits, remark))
        every += _outcomes(found, rows)
    every += _after_payment(beside, rows, now=now)
    if rows.can("subsidies.view_schemechange"):
        every += _changes(beside, rows)
    if rows.may(ImportBatch):
        previews = sum(found.previews[kind] for kind in rows.kinds())
        figure = rows.figure(previews, ImportBatch, state__exact=ImportBatch.State.PREVIEW)
        waits = previews > 0 and rows.can("ebikes.add_importbatch")
        every.append(Task(_("待确认的导入批次"), figure, waits))
    every += shop_tasks(beside, rows)
    every += report_tasks(rows)
    return sorted(every, key=lambda task: not task.waits)


def _mine(rows: Rows, *, now: datetime) -> Iterator[Task]:
    """What was given to whoever looks."""
    if not rows.can(DECIDE, APPROVE):
        return
    load = own_load(rows.whose, today=local_day(now))
    said = [
        sentence % count
        for sentence, count in ((_("已逾期 %s 份"), load.overdue), (_("今日到期 %s 份"), load.due))
        if count
    ]
    figure = rows.page(load.open, "staff-work", tab=Tab.MINE.value)
    yield Task(_("我的待办"), figure, load.open > 0, _("，").join(said))


def _work(found: Overview, rows: Rows, *, now: datetime) -> Iterator[Task]:
    for each in found.waiting:
        tab = TABS[each.state]
        days = (now - each.oldest).days if each.oldest else 0
        remark = _("最早的已等 %s 天") % days if days else ""
        figure = rows.page(each.count, "staff-work", tab=tab.value)
        yield Task(each.state.label, figure, each.count > 0 and rows.can(*RIGHTS[tab]), remark)


def _holds(beside: OpenWork, rows: Rows) -> Iterator[Task]:
    held = rows.page(beside.held, "staff-work", tab=Tab.HOLDS.value)
    yield Task(_("不一致和疑点，已暂缓"), held, beside.held > 0 and rows.can(DECIDE, APPROVE))
    objected = rows.page(beside.objected, "staff-work", tab=Tab.HOLDS.value, kind=Hold.Kind.OBJECTION.value)
    answered = rows.page(beside.answered, "staff-work", tab=Tab.HOLDS.value, kind=Hold.Kind.INQUIRY.value)
    if beside.answered:
        yield Task(_("商户已补充材料，待查看"), answered, rows.can(DECIDE, APPROVE))
    if beside.papers:
        figure = rows.page(len(beside.papers), "admin:subsidies_claim_change", beside.papers[0])
        yield Task(_("待确认的书面材料"), figure, rows.can(APPROVE))
    if beside.listed and rows.can("subsidies.view_watchentry"):
        figure = rows.page(beside.listed, "staff-watchlist")
        yield Task(_("待查名单，待第二人"), figure, rows.can("subsidies.change_watchentry"))
    yield Task(_("提请不予补贴或人工暂缓"), objected, beside.objected > 0 and rows.can(APPROVE))


def _money(found: Overview, rows: Rows) -> Iterator[Task]:
    remark = _("另有 %s 份暂缓中或疑点尚未查到") % f"{found.kept_back:,}" if found.kept_back else ""
    figure = rows.figure(found.approvable, Claim, state__exact=ClaimState.SETTLED, approvable="yes")
    yield Task(_("待批准发放"), figure, found.approvable > 0 and rows.can(APPROVE), remark)
    figure = rows.figure(found.approved, Claim, state__exact=ClaimState.APPROVED)
    waits = found.approved > 0 and rows.can("subsidies.add_payoutbatch")
    yield Task(_("已批准，待制作批次"), figure, waits)


def _outcomes(found: Overview, rows: Rows) -> Iterator[Task]:
    """What the operator did not tell soundly; each only where there is any."""
    settles = rows.can("subsidies.change_payoutbatch")
    if found.stopped:
        yield Task(_("发放已停止，须两人核对后恢复"), rows.page(1, "staff-payout-stop"), settles)
    if found.doubtful:
        figure = rows.figure(found.doubtful, PayoutLine, doubt__gt="")
        yield Task(_("发放结果存疑，待核实"), figure, settles)
    if found.evidence:
        figure = rows.page(len(found.evidence), "admin:subsidies_payoutbatch_change", found.evidence[0])
        yield Task(_("待核准的发放凭证"), figure, settles)
    if found.rejected:
        figure = rows.figure(found.rejected, PayoutBatch, state__exact=PayoutBatch.State.REJECTED)
        yield Task(_("运营机构不受理的批次"), figure, settles)


def _after_payment(beside: OpenWork, rows: Rows, *, now: datetime) -> Iterator[Task]:
    """What comes after the money left: the books agree, money comes back, the month closes."""
    if rows.may(Difference):
        yield from _books(beside, rows)
    if rows.may(RecoveryCase):
        yield from _recoveries(rows, now=now)
    if rows.may(Supplement):
        yield from _supplements(rows)
    if rows.may(Period):
        yield from _months(rows, now=now)


def _books(beside: OpenWork, rows: Rows) -> Iterator[Task]:
    """Where ledger, orders and statement do not agree; each only where there is any."""
    settles = rows.can("subsidies.change_difference")
    if beside.shut is not None and beside.shut.unread is not None:
        yield Task(
            _("昨日对账单还没有读到，新的发放指令暂不发出"), rows.page(1, "staff-reconciliation"), settles
        )
    if beside.differences:
        remark = _("最早的已有 %s 天") % beside.oldest_difference if beside.oldest_difference else ""
        figure = rows.page(beside.differences, "staff-reconciliation")
        yield Task(_("对账差异，了结前新的发放指令不发出"), figure, settles, remark)
    if beside.statements:
        figure = rows.page(len(beside.statements), "staff-statement", beside.statements[0])
        yield Task(_("待核对的对账单文件"), figure, rows.can("subsidies.add_statementreading"))


def _months(rows: Rows, *, now: datetime) -> Iterator[Task]:
    """Months that are over and open, and closes that wait for another person; each only where there is any."""
    closes = rows.can("subsidies.change_period")
    due, closing = waiting_months(today=local_day(now))
    if due:
        remark = _("最早的是 %s") % f"{min(month for _scheme, month in due):%Y-%m}"
        yield Task(_("待关账的月份"), rows.page(len(due), "staff-months"), closes, remark)
    if closing:
        figure = rows.page(len(closing), "admin:subsidies_period_change", closing[0].pk)
        others = any(not rows.is_me(each.closed_by_id) for each in closing)
        yield Task(_("待确认的关账"), figure, closes and others)


# Who can do something about what stands in a list of the recoveries.
_BY_TAB: dict[Recovery, tuple[str | Promise, tuple[str, ...]]] = {
    Recovery.PROPOSED: (gettext_lazy("待核准的追回"), (CONFIRM_DEMAND,)),
    Recovery.SECOND: (gettext_lazy("追回的收款和办理，待第二人"), (CONFIRM_RECEIPT, CONFIRM_DEMAND)),
    Recovery.OVERDUE: (gettext_lazy("逾期未还的追回"), (DEMAND,)),
    Recovery.SURPLUS: (gettext_lazy("追回多收，待退还"), (TAKE_RECEIPT,)),
}


def _recoveries(rows: Rows, *, now: datetime) -> Iterator[Task]:
    """Money that is demanded back; each only where there is any."""
    found = counts(today=local_day(now))
    for tab, (title, rights) in _BY_TAB.items():
        if found[tab]:
            figure = rows.page(found[tab], "staff-recoveries", tab=tab.value)
            yield Task(title, figure, rows.can(*rights))


def _supplements(rows: Rows) -> Iterator[Task]:
    """What claims are owed besides, by what it waits for; each only where there is any."""
    counted = dict(Supplement.objects.unended().order_by().values_list("state").annotate(n=Count("pk")))
    for state, title, right in (
        (Supplement.State.PROPOSED, _("待核准的补发"), CONFIRM_SUPPLEMENT),
        (Supplement.State.RESERVED, _("补发待制作批次"), "subsidies.add_payoutbatch"),
        (Supplement.State.FAILED, _("补发发放失败"), CONFIRM_SUPPLEMENT),
    ):
        if n := counted.get(state, 0):
            yield Task(title, rows.figure(n, Supplement, state__exact=state), rows.can(right))


def _changes(beside: OpenWork, rows: Rows) -> Iterator[Task]:
    decides = rows.can("subsidies.decide_schemechange")
    for title, view, waiting in (
        (_("待决定的方案变更"), "staff-change", beside.changes),
        (_("待确认的方案启停"), "staff-scheme-life", beside.steps),
    ):
        yield Task(title, rows.page(len(waiting), view, *waiting[:1]), bool(waiting) and decides)
