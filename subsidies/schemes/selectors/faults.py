"""What is wrong with a proposed change of a scheme, all at once, a sentence each; and what only gives pause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise, product

from django.utils.translation import gettext as _

from core.money import yuan
from ebikes.importing.fields import WALLET
from subsidies.engine.stages import StageTerms
from subsidies.models import Claim, ClaimTally, PolicyVersion, Scheme, Stage
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.selectors.terms import Terms
from subsidies.schemes.states import SchemeState
from subsidies.states import OPEN

# Beyond these nothing is meant, and dates and sums would no longer be ones.
YEARS, PERSON, LAG, WORKING_DAYS, AMOUNT_FEN, MONEY_FEN = 50, 1000, 24 * 366, 250, 10**8, 10**14
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a change cannot be: a sentence, and beside which field of which stage it belongs (empty: of the whole)."""

    sentence: str
    field: str = ""
    stage: int | None = None


def faults_of(scheme: Scheme, terms: Terms, budget_fen: int) -> list[Fault]:
    """Everything that stands against these terms and this much more budget (below 0: less), as the scheme is now."""
    rows = {stage.no: stage for stage in scheme.stages.all()}
    newest = Terms.of(scheme.policy)
    return [
        *_state_faults(scheme, changes_terms=terms != newest),
        *_policy_faults(terms),
        *_budget_faults(scheme, budget_fen),
        *(fault for stage in terms.stages for fault in _stage_faults(stage, rows.get(stage.no))),
        *_window_faults(terms),
        *_calendar_faults(terms, other_than=scheme),
        *(fault for no, row in rows.items() if terms.stage(no) is None for fault in _removal_faults(row)),
        *([] if budget_fen or terms != newest else [Fault(_("没有任何改动"))]),
    ]


def faults_of_plan(plan: SchemePlan, *, district: int | None = None) -> list[Fault]:
    """Everything that stands against a scheme that there is not yet. `district`: its code; none is whichever is read."""
    terms = Terms.planned(plan)
    found = [*faults_of_terms(terms), *_calendar_faults(terms, district=district)]
    if Scheme.objects.filter(code=plan.code).exists():
        found.append(Fault(_("已有方案使用这个代码"), "code"))
    if not 0 < plan.budget_fen <= MONEY_FEN:
        found.append(Fault(_("资金总额应大于 0，且不超过 %s 元") % yuan(MONEY_FEN), "budget_fen"))
    return found


def faults_of_terms(terms: Terms) -> Iterator[Fault]:
    """What stands against terms by themselves, whatever was spent under others."""
    yield from _policy_faults(terms)
    for stage in terms.stages:
        yield from _stage_faults(stage, None)
    yield from _window_faults(terms)


def _state_faults(scheme: Scheme, *, changes_terms: bool) -> Iterator[Fault]:
    """What is closed keeps its terms, its money may still go back; what is archived keeps everything."""
    if scheme.state == SchemeState.ARCHIVED:
        yield Fault(_("方案已归档，不再变更"))
    elif scheme.state == SchemeState.CLOSED and changes_terms:
        yield Fault(_("方案已结束，各项规定不再变更；只可增减资金"))


def _policy_faults(terms: Terms) -> Iterator[Fault]:
    if terms.head_of_line not in PolicyVersion.HeadOfLine.values:
        yield Fault(_("没有这种排队规则"), "head_of_line")
    if terms.per_person_cap is not None and not 1 <= terms.per_person_cap <= PERSON:
        yield Fault(_("每人上限应在 1 和 %s 之间，不限请留空") % PERSON, "per_person_cap")
    if terms.filed_years_limit is not None and not 1 <= terms.filed_years_limit <= YEARS:
        yield Fault(_("备案年限应在 1 和 %s 之间，不限请留空") % YEARS, "filed_years_limit")
    if terms.settle_lag_hours < 0:
        yield Fault(_("结算等待不能是负数"), "settle_lag_hours")
    elif terms.settle_lag_hours > LAG:
        yield Fault(_("结算等待不能超过 %s 小时") % LAG, "settle_lag_hours")
    if terms.review_days is not None and not 1 <= terms.review_days <= WORKING_DAYS:
        yield Fault(_("办理时限应在 1 和 %s 个工作日之间，不限请留空") % WORKING_DAYS, "review_days")
    if not terms.stages:
        yield Fault(_("方案至少要有一个阶段"))
    yield from _payer_faults(terms)


def _payer_faults(terms: Terms) -> Iterator[Fault]:
    """Both or neither; the wallet is one."""
    if bool(terms.payer_wallet) != bool(terms.payer_name):
        missing = "payer_name" if terms.payer_wallet else "payer_wallet"
        yield Fault(_("付款钱包和付款单位要么都填写，要么都留空(留空按系统设置)"), missing)
    elif terms.payer_wallet and not WALLET.fullmatch(terms.payer_wallet):
        yield Fault(_("付款钱包应为 16 位数字"), "payer_wallet")


def _budget_faults(scheme: Scheme, budget_fen: int) -> Iterator[Fault]:
    after = scheme.funded_fen + budget_fen
    if after < scheme.committed_fen:
        text = _("资金总额不能减到 %(after)s 元：已锁定和发放 %(used)s 元")
        values = {"after": yuan(after), "used": yuan(scheme.committed_fen)}
        yield Fault(text % values, "budget_fen")
    elif after > MONEY_FEN:
        yield Fault(_("资金总额不能超过 %s 元") % yuan(MONEY_FEN), "budget_fen")


def _stage_faults(stage: StageTerms, row: Stage | None) -> Iterator[Fault]:
    if stage.ends_on < stage.starts_on:
        text = _("截止日期 %(last)s 早于起始日期 %(first)s")
        yield Fault(text % {"last": stage.ends_on, "first": stage.starts_on}, "ends_on", stage.no)
    for name in ("starts_on", "ends_on"):
        if not FIRST_DAY <= getattr(stage, name) <= LAST_DAY:
            text = _("日期应在 %(first)s 和 %(last)s 之间")
            yield Fault(text % {"first": FIRST_DAY, "last": LAST_DAY}, name, stage.no)
    if stage.amount_fen <= 0:
        yield Fault(_("补贴标准应大于 0 元"), "amount_fen", stage.no)
    elif stage.amount_fen > AMOUNT_FEN:
        yield Fault(_("补贴标准不能超过 %s 元") % yuan(AMOUNT_FEN), "amount_fen", stage.no)
    yield from _cap_faults(stage, row.committed_fen if row else 0)


def _cap_faults(stage: StageTerms, used: int) -> Iterator[Fault]:
    if stage.cap_fen is None:
        return
    if stage.cap_fen <= 0:
        yield Fault(_("阶段上限应大于 0 元，不设上限请留空"), "cap_fen", stage.no)
    elif stage.cap_fen < used:
        text = _("阶段上限不能低于本阶段已锁定和发放的 %s 元")
        yield Fault(text % yuan(used), "cap_fen", stage.no)
    elif stage.cap_fen > MONEY_FEN:
        yield Fault(_("阶段上限不能超过 %s 元") % yuan(MONEY_FEN), "cap_fen", stage.no)


def _window_faults(terms: Terms) -> Iterator[Fault]:
    for one, other in combinations(terms.stages, 2):
        if one.no == other.no:
            yield Fault(_("阶段编号 %s 重复") % one.no, "", one.no)
        first, last = max(one.starts_on, other.starts_on), min(one.ends_on, other.ends_on)
        if first <= last and one.starts_on <= one.ends_on and other.starts_on <= other.ends_on:
            text = _("与第 %(no)s 阶段在 %(first)s 至 %(last)s 重叠")
            values = {"no": one.no, "first": first, "last": last}
            yield Fault(text % values, "starts_on", other.no)


def _calendar_faults(
    terms: Terms, *, other_than: Scheme | None = None, district: int | None = None
) -> Iterator[Fault]:
    """No day belongs to two schemes of a district: which one a claim is made under is told by its completion date alone."""
    schemes = Scheme.objects.opened()
    if whose := other_than.district_id if other_than is not None else district:
        schemes = schemes.filter(district=whose)
    others = Stage.objects.filter(scheme__in=schemes).select_related("scheme")
    if other_than is not None:
        others = others.exclude(scheme=other_than)
    taken = list(others) if terms.stages else []
    for stage, other in product(terms.stages, taken):
        first, last = max(stage.starts_on, other.starts_on), min(stage.ends_on, other.ends_on)
        if first <= last and stage.starts_on <= stage.ends_on:
            text = _("与方案“%(name)s”在 %(first)s 至 %(last)s 重叠：同一天只能属于一个方案")
            told = {"name": other.scheme.name, "first": first, "last": last}
            yield Fault(text % told, "starts_on", stage.no)


def _removal_faults(row: Stage) -> Iterator[Fault]:
    """A stage that claims are in, or may still come to under the version that they pinned, stays."""
    name = {"no": row.no}
    if Claim.objects.filter(scheme=row.scheme_id, stage=row).exists():
        yield Fault(_("第 %(no)s 阶段不能删除：已有申请属于这一阶段") % name, "", row.no)
    elif Claim.objects.filter(
        scheme=row.scheme_id, live=True, state__in=OPEN, policy__stages__contains=[{"no": row.no}]
    ).exists():
        text = _("第 %(no)s 阶段不能删除：按原版本办理的申请还没有办完，可能属于这一阶段")
        yield Fault(text % name, "", row.no)


# ------------------------------------------------------------------ what only gives pause


def warnings_of(scheme: Scheme, terms: Terms, budget_fen: int) -> list[str]:
    """What somebody should have thought of before saying yes."""
    old = Terms.of(scheme.policy)
    return [
        *_completed_already(scheme, old, terms),
        *_caps_and_budget(terms, scheme.funded_fen + budget_fen),
        *_odd_caps(terms),
        *_gaps(terms),
    ]


def _completed_already(scheme: Scheme, old: Terms, new: Terms) -> Iterator[str]:
    """Days that now belong to another stage, or earn another amount, and on which somebody has completed."""
    completed = ClaimTally.objects.filter(scheme=scheme).by_day()
    stages = {stage.no for stage in (*old.stages, *new.stages)}
    for no in sorted(stages):
        before, after = old.stage(no), new.stage(no)
        moved = (day for day in completed if _earned(before, day) != _earned(after, day))
        if count := sum(completed[day].total() for day in moved):
            text = _(
                "第 %(no)s 阶段的改动涉及已经过去的日子：已有 %(count)s 份申请在这些日子完成，"
                "仍按各自的版本办理；这些日子完成而以后才收到的，按新版本办理"
            )
            yield text % {"no": no, "count": f"{count:,}"}


def _earned(stage: StageTerms | None, day: date) -> int | None:
    """What completing on a day earns in a stage; None on days that are not its own."""
    return stage.amount_fen if stage and stage.covers(day) else None


def _caps_and_budget(terms: Terms, budget: int) -> Iterator[str]:
    caps = [stage.cap_fen for stage in terms.stages if stage.cap_fen is not None]
    values = {"caps": yuan(sum(caps)), "budget": yuan(budget)}
    if caps and sum(caps) > budget:
        yield _("各阶段上限合计 %(caps)s 元，多于资金总额 %(budget)s 元") % values
    elif len(caps) == len(terms.stages) and sum(caps) < budget:
        yield _("各阶段上限合计 %(caps)s 元，少于资金总额 %(budget)s 元，多出的部分用不到") % values


def _odd_caps(terms: Terms) -> Iterator[str]:
    for stage in terms.stages:
        if stage.cap_fen and stage.amount_fen > 0 and (rest := stage.cap_fen % stage.amount_fen):
            text = _("第 %(no)s 阶段的上限不是补贴标准的整数倍，末尾 %(rest)s 元用不到")
            yield text % {"no": stage.no, "rest": yuan(rest)}


def _gaps(terms: Terms) -> Iterator[str]:
    ordered = sorted(terms.stages, key=lambda stage: stage.starts_on)
    for one, other in pairwise(ordered):
        if (other.starts_on - one.ends_on).days > 1:
            text = _("%(first)s 和 %(last)s 之间的日子不属于任何阶段，这些日子完成的不予补贴")
            yield text % {"first": one.ends_on, "last": other.starts_on}
