"""Recoveries in words: what is to be done next, and why a verb says no."""

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import yuan
from subsidies.models import RecoveryCase
from subsidies.recoveries.plans import MOST, WrongPlan
from subsidies.recoveries.selectors.standing import Standing
from subsidies.recoveries.services.cases import NotProposed, OwnProposal, TooMuch
from subsidies.recoveries.services.receipts import (
    BeyondDemand,
    Decided,
    NotOpen,
    NotThatDay,
    NotToBeSetOff,
    OwnReceipt,
)
from subsidies.recoveries.services.steps import MoneyCame, NotNow, NotSaid, OwnStep

State = RecoveryCase.State
REFUSALS: dict[type[Exception], str | Promise] = {
    NotProposed: gettext_lazy("这份追回已不在待核准的状态，或申请的状态已有变化。"),
    OwnProposal: gettext_lazy("提出追回的人不能自己核准，须由另一人核准。"),
    TooMuch: gettext_lazy("追回金额超出这份申请实际发放、尚未退回的金额。"),
    WrongPlan: gettext_lazy("还款计划与应追回的金额或日期不符(可能已有收款或已经过期)，请修改后再办。"),
    NotOpen: gettext_lazy("这份追回尚未核准或已经了结，不能登记收款。"),
    BeyondDemand: gettext_lazy("收款金额超出尚未收到的金额(待核对的收款已计入)。"),
    NotThatDay: gettext_lazy("到账日期应在追回核准之日和今天之间。"),
    NotToBeSetOff: gettext_lazy("只能以同一车主、同一方案、已批准且未暂缓的申请整份抵扣。"),
    Decided: gettext_lazy("这笔收款已经核对过。"),
    OwnReceipt: gettext_lazy("登记人(以及所抵扣申请的批准人)不能核对这笔收款，须由另一位财务人员核对。"),
    NotNow: gettext_lazy("这份追回现在不能这样办理，或已有一项办理等待核准。"),
    MoneyCame: gettext_lazy("已有收款：有收款的追回不能撤销，有待核对收款的不能核销。"),
    OwnStep: gettext_lazy("提出的人不能自己核准，须由另一人核准。"),
    NotSaid: gettext_lazy("请写明理由；移送和退还还须写明文号或凭证号。"),
}
_PLANS: dict[str, str | Promise] = {
    "length": gettext_lazy("请至少填写一期，至多 %s 期。"),
    "nothing": gettext_lazy("每期金额须大于 0。"),
    "order": gettext_lazy("各期的到期日须依次推后，不能相同。"),
    "past": gettext_lazy("第一期的到期日已经过去。"),
}


def plan_in_words(wrong: WrongPlan, total_fen: int) -> str:
    """What is wrong with a plan, in a sentence."""
    if wrong.code == "sum":
        told = {"planned": yuan(wrong.fen), "total": yuan(total_fen)}
        return _("各期合计 %(planned)s 元，应为 %(total)s 元。") % told
    sentence = str(_PLANS[wrong.code])
    return sentence % MOST if wrong.code == "length" else sentence


def what_next(found: Standing, *, today: date) -> str:
    """What the case waits for, in a few words."""
    case = found.case
    if case.surplus_fen:
        return _("多收 %s 元，待退还缴款人") % yuan(case.surplus_fen)
    if case.state == State.PROPOSED:
        return _("待另一人核准")
    if case.state != State.OPEN:
        return str(case.get_state_display())
    return _second_person(found) or _money(found, today)


def _second_person(found: Standing) -> str:
    if found.receipt:
        return _("收款 %s 元待另一位财务人员核对") % yuan(found.receipt.amount_fen)
    return _("“%s”待另一人核准") % found.step.get_kind_display() if found.step else ""


def _money(found: Standing, today: date) -> str:
    if found.overdue_since:
        late = {"days": (today - found.overdue_since).days, "yuan": yuan(found.overdue_fen)}
        if found.case.handed_over_at:
            return _("已移送，等待执行；逾期 %(days)s 天，%(yuan)s 元") % late
        return _("逾期 %(days)s 天，%(yuan)s 元：催缴、变更计划或移送强制执行") % late
    part = found.next_part
    due = {"day": part.instalment.due_on.isoformat(), "yuan": yuan(part.missing_fen)} if part else None
    return _("等待退回：%(day)s 前 %(yuan)s 元") % due if due else ""
