"""Why a claim is refused, where it stands: in words, and with what the owner can do about it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subsidies.engine.checks import Source
from subsidies.states import ClaimState


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code in words. `asks` is the system whose word decides; `remedy` speaks to the owner."""

    title: str | Promise
    asks: Source
    remedy: str | Promise


_FINAL = _("该结果依据实施方案作出；如有异议，可携带材料到代办点或区市场监管局申请复核。")

REASONS: dict[str, Reason] = {
    "not_filed": Reason(
        _("旧车不在备案非标电动自行车之列"),
        Source.EXING,
        _("请核对备案号牌是否录错；号牌无误的，请到备案地查询备案信息后申请更正。"),
    ),
    "other_owner": Reason(
        _("旧车备案在他人名下"),
        Source.EXING,
        _("补贴只发给备案车主本人；请由备案车主本人申请，或先办理信息更正。"),
    ),
    "not_deregistered": Reason(
        _("旧车尚未注销备案"), Source.EXING, _("请到代办点完成旧车注销，完成后重新提交。")
    ),
    "not_collected": Reason(
        _("旧车尚未回收"), Source.EXING, _("请把旧车交到授权代办点回收，完成后重新提交。")
    ),
    "no_plate": Reason(_("查不到新车号牌"), Source.YUNSHENLING, _("请核对新车号牌，或先完成新车上牌。")),
    "plate_other_owner": Reason(
        _("新车号牌在他人名下"),
        Source.YUNSHENLING,
        _("旧车车主、购车人和新车上牌人应为同一人；确属登记错误的，请先更正。"),
    ),
    "plate_other_vehicle": Reason(
        _("新车号牌登记的是另一辆车"), Source.YUNSHENLING, _("请核对新车整车编码与号牌，录错的请申请更正。")
    ),
    "plate_non_standard": Reason(
        _("新车不是符合国家标准的电动自行车"), Source.YUNSHENLING, _("补贴只支持置换符合 GB 17761 的新车。")
    ),
    "merchant_not_enabled": Reason(
        _("购车当天商户尚未开通淘汰置换功能"),
        Source.OWN,
        _("请向购车商户核实开通日期；如记录有误，由商户申请更正。"),
    ),
    "point_not_authorised": Reason(
        _("回收当天代办点未获授权"), Source.OWN, _("请向代办点核实授权期限；如记录有误，由代办点申请更正。")
    ),
    "filed_too_long": Reason(_("旧车备案已超过规定年限"), Source.OWN, _FINAL),
    "outside_stages": Reason(_("全流程完成时间不在任何补贴阶段内"), Source.OWN, _FINAL),
    "person_cap": Reason(_("同一人享受补贴已达上限"), Source.OWN, _FINAL),
    "bike_already_claimed": Reason(
        _("这辆旧车已有一份申请"), Source.OWN, _("一车一补；请查看先前那份申请的进度。")
    ),
    "vehicle_already_claimed": Reason(
        _("这辆新车已用于另一份申请"), Source.OWN, _("一车一补；请核对新车整车编码是否录错。")
    ),
    "claimed_elsewhere": Reason(
        _("旧车、新车或车主已在本省其他地区申请补贴"),
        Source.REGISTER,
        _("一车一补；请查看在其他地区的申请，那份申请撤回后可在此重新提交。"),
    ),
    "untrue_record": Reason(_("经核实，申报内容不实"), Source.OWN, _FINAL),
    "not_corrected": Reason(
        _("逾期未更正或补齐材料"), Source.OWN, _("请到代办点补齐材料后重新提交；仍在阶段内的可以再次申请。")
    ),
}

# What a person finds, and no check answers with.
FINDINGS = ("untrue_record", "not_corrected")

_CHECKING = _("正在向两个系统核验，名次已保留，无需操作。")
_RESERVED = _("补贴已锁定，等待发放，无需操作。")

# Why the operator did not pay, by its code; one that is not listed is shown as it came.
PAYOUT_FAILURES: dict[str, str | Promise] = {
    "NO_WALLET": _("没有这个钱包"),
    "NAME_MISMATCH": _("钱包与收款人姓名不符"),
    "PHONE_MISMATCH": _("钱包与手机号不符"),
    "LIMIT_EXCEEDED": _("超过钱包限额"),
    "WALLET_FROZEN": _("钱包已冻结"),
    "WALLET_CLOSED": _("钱包已注销"),
    "OPERATOR_MISMATCH": _("钱包不属于所填的运营机构"),
    "PAYER_INSUFFICIENT": _("付款钱包余额不足"),
    "TOTAL_MISMATCH": _("批次合计与明细不符"),
    "RETURNED": _("付出后被退回(退票)"),
}

# These do not pass by themselves: paid again to the same payee, the payment fails again.
PAYEE_AT_FAULT = frozenset(
    {"NO_WALLET", "NAME_MISMATCH", "PHONE_MISMATCH", "WALLET_CLOSED", "OPERATOR_MISMATCH", "RETURNED"}
)

# What the owner can do in each state; a refused claim says it reason by reason.
NEXT_STEPS: dict[ClaimState, str | Promise] = {
    ClaimState.RECEIVED: _CHECKING,
    ClaimState.CHECKING: _CHECKING,
    ClaimState.NEEDS_CORRECTION: _("资料有误，请到代办点更正；名次已保留。"),
    ClaimState.REVIEW: _("系统暂时无法核实，工作人员正在人工复核，名次已保留，无需操作。"),
    ClaimState.ELIGIBLE: _("等待分配，名次已保留，无需操作。"),
    ClaimState.WAITLISTED: _("资金已排完，您在候补名单中；有资金退回或追加时按名次递补。"),
    ClaimState.SETTLED: _RESERVED,
    ClaimState.ON_NOTICE: _("补贴已锁定，正在公示；公示期满无异议的进入发放，无需操作。"),
    ClaimState.OBJECTED: _("公示期间收到异议，工作人员正在核实；需要补充材料时会与您联系。"),
    ClaimState.APPROVED: _RESERVED,
    ClaimState.IN_PAYOUT: _("补贴正在发放，请留意数字人民币钱包。"),
    ClaimState.PAYOUT_UNKNOWN: _("运营机构尚未答复发放结果，正在查询，无需操作。"),
    ClaimState.PAYOUT_FAILED: _("发放未成功，请核对数字人民币钱包编号或手机号，更正后重新发放。"),
    ClaimState.PAID: _("补贴已发放到数字人民币钱包，请查收。"),
    ClaimState.CANCELLED: _("申请已撤回；需要时可重新提交。"),
    ClaimState.RECOVERING: _("补贴需要退回，请按追回通知书的要求办理；有异议的可申请复核。"),
    ClaimState.RECOVERED: _("补贴已退回，本申请已了结。"),
    ClaimState.WRITTEN_OFF: _("尚未退回的补贴已经核销，本申请已了结；同一辆车不能再次申请。"),
}

SOURCES: dict[str, str | Promise] = {
    Source.EXING: _("浙江e行在线"),
    Source.YUNSHENLING: _("云申领"),
    Source.OWN: _("本系统记录"),
    Source.REGISTER: _("省级锁定登记处"),
}
RESULTS: dict[str, str | Promise] = {
    "pass": _("未发现"),
    "fail": _("存在"),
    "unknown": _("未知"),
    "not_applicable": _("不适用"),
}
EVENT_NAMES: dict[str, str | Promise] = {
    "deregistered_at": _("注销"),
    "collected_at": _("回收"),
    "purchased_at": _("购买"),
    "plated_at": _("上牌"),
}
