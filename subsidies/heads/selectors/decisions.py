"""Every decision and every outcome that is written down, against the marks and signatures that they must bear."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.decisions import Kind, astray, unmarked
from core.rights.appointed import misplaced
from subsidies.marked import KINDS
from subsidies.models import OperatorAnswer, PayoutLine
from subsidies.payouts.selectors.outcomes import forged_answers, unproved_outcomes
from subsidies.payouts.selectors.passed import never_passed, paid_elsewhere, paid_while_held
from subsidies.payouts.selectors.person_cap import paid_over_cap

TOLD, AT_ONCE = 5, 2000
TITLES: dict[str, str | Promise] = {
    "rights_proposed": gettext_lazy("账号和权限变更的提出"),
    "rights_confirmed": gettext_lazy("账号和权限变更的确认"),
    "shut_out": gettext_lazy("账号的停用"),
    "misplaced": gettext_lazy("未经两人办理而担任角色、进入后台或恢复使用的账号"),
    "policy": gettext_lazy("政策版本"),
    "change_proposed": gettext_lazy("方案变更的提出"),
    "change_decided": gettext_lazy("方案变更的决定"),
    "step_proposed": gettext_lazy("方案启停的提出"),
    "step_decided": gettext_lazy("方案启停的决定"),
    "answered": gettext_lazy("核验应答"),
    "checked": gettext_lazy("资格核验结论"),
    "approved": gettext_lazy("补贴申请的批准"),
    "payee_changed": gettext_lazy("收款信息更正"),
    "payee_checked": gettext_lazy("收款人实名核对"),
    "hold_cleared": gettext_lazy("暂缓的解除"),
    "batch_made": gettext_lazy("发放批次的制作"),
    "batch_released": gettext_lazy("发放批次的放行"),
    "supplement_proposed": gettext_lazy("补发的提出"),
    "supplement_confirmed": gettext_lazy("补发的核准"),
    "evidence_proposed": gettext_lazy("发放凭证的提出"),
    "evidence_decided": gettext_lazy("发放凭证的核准"),
    "difference_proposed": gettext_lazy("对账差异处理的提出"),
    "difference_signed": gettext_lazy("对账差异处理的签署"),
    "recovery_proposed": gettext_lazy("追回的提出"),
    "recovery_confirmed": gettext_lazy("追回的核准"),
    "receipt_taken": gettext_lazy("追回收款的登记"),
    "receipt_confirmed": gettext_lazy("追回收款的核对"),
    "recovery_step_proposed": gettext_lazy("追回办理的提出"),
    "recovery_step_approved": gettext_lazy("追回办理的核准"),
    "stop_confirmed": gettext_lazy("恢复发放的第一确认"),
    "stop_ended": gettext_lazy("恢复发放的第二确认"),
    "book_read": gettext_lazy("读回的机构账册"),
    "gate_passed": gettext_lazy("发放前的核实"),
    "returned": gettext_lazy("退票的登记"),
    "not_passed": gettext_lazy("已付款而发放前没有核实的明细"),
    "paid_while_held": gettext_lazy("在暂缓期间付出的明细"),
    "paid_elsewhere": gettext_lazy("没有付给最新收款人、或收款人更正未经他人核实的明细"),
    "over_cap": gettext_lazy("已付款而超出每人上限的申请"),
    "paper_proposed": gettext_lazy("书面材料的提出"),
    "paper_confirmed": gettext_lazy("书面材料的确认"),
    "watch_proposed": gettext_lazy("待查名单的提出"),
    "watch_confirmed": gettext_lazy("待查名单的确认"),
    "watch_lifted": gettext_lazy("待查名单的移除"),
    "astray": gettext_lazy("没有所属记录的印记"),
    "answer": gettext_lazy("运营机构应答的签名"),
    "outcome": gettext_lazy("发放结果(没有运营机构的签名应答，也没有两人核准的凭证)"),
}


@dataclass(frozen=True, slots=True)
class DecisionFault:
    """Rows of one kind (a key of TITLES) without mark or signature: how many, and the first of them by their ids.

    `of`: the kind of decision whose marks are left over ("astray").
    """

    what: str
    count: int
    first: tuple[int, ...]
    of: str = ""

    def __str__(self) -> str:
        """The fault as a sentence in the language that is active."""
        told = {"what": TITLES[self.what], "count": self.count, "first": "、".join(map(str, self.first))}
        if self.of:
            told["of"] = TITLES[self.of]
            return _("%(of)s：%(count)s 项的印记属于另外的内容，原记录被换掉或删去(编号 %(first)s)") % told
        return _("%(what)s：%(count)s 项无法核实，不是本系统所作(编号 %(first)s)") % told


def verify_decisions() -> list[DecisionFault]:
    """What was decided, answered or booked past this system. An empty list: all is right."""
    found = []
    for kind in KINDS:
        bare = _unmarked(kind)
        found.append(_fault(kind.name, bare))
        if kind.stays:
            found.append(_fault("astray", sorted(astray(kind).difference(bare)), of=kind.name))
    answers = OperatorAnswer.objects.filter(problem="").order_by("pk").iterator(AT_ONCE)
    over = PayoutLine.objects.exclude(state__in=["ready", "unknown", "discarded"]).select_related("claim")
    lines = over.order_by("batch", "pk").iterator(AT_ONCE)
    found += [
        _fault("misplaced", misplaced()),
        _fault("answer", sorted(forged_answers(answers))),
        _fault("outcome", sorted(pk for some in _portions(lines) for pk in unproved_outcomes(some))),
        _fault("not_passed", never_passed()),
        _fault("paid_while_held", paid_while_held()),
        _fault("paid_elsewhere", paid_elsewhere()),
        _fault("over_cap", paid_over_cap()),
    ]
    return [fault for fault in found if fault is not None]


def _unmarked(kind: Kind) -> list[int]:
    return sorted(unmarked(kind, kind.rows().order_by("pk").values_list("pk", flat=True).iterator(AT_ONCE)))


def _fault(what: str, ids: list[int], of: str = "") -> DecisionFault | None:
    return DecisionFault(what, len(ids), tuple(ids[:TOLD]), of) if ids else None


def _portions(rows: Iterable[PayoutLine]) -> Iterator[list[PayoutLine]]:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield some
