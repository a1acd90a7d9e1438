"""What was noticed of a held claim, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.shanghai import in_words
from subsidies.decision_reasons import reasons_and_note, titles_of
from subsidies.models import Hold, PayeeCheck, WatchEntry
from subsidies.review.selectors.holds import refusals_among

MISMATCHES: dict[str, str | Promise] = {
    "deregistered_at": gettext_lazy("注销时间：记录为 %(record)s，浙江e行在线为 %(told)s。"),
    "collected_at": gettext_lazy("回收时间：记录为 %(record)s，浙江e行在线为 %(told)s。"),
    "plated_at": gettext_lazy("上牌时间：记录为 %(record)s，云申领为 %(told)s。"),
    "agent_point": gettext_lazy("代办点：记录为 %(record)s，浙江e行在线为 %(told)s。"),
    "vehicle_code": gettext_lazy("整车编码：记录为 %(record)s，备注里写着 %(told)s。"),
    "owner_name": gettext_lazy("记录里的车主姓名与登记的姓名不一致。"),
}
SENTENCES: dict[str, str | Promise] = {
    Hold.Kind.SHARED_PHONE: gettext_lazy("%(owners)s 名车主的 %(claims)s 份申请使用同一手机号。"),
    Hold.Kind.SHARED_WALLET: gettext_lazy("%(owners)s 名车主的 %(claims)s 份申请使用同一数字人民币钱包。"),
    Hold.Kind.SHARED_DEVICE: gettext_lazy("%(merchants)s 家商户的 %(claims)s 份申请由同一台设备提交。"),
    Hold.Kind.SHARED_DOCUMENT: gettext_lazy(
        "%(owners)s 名车主登记了同一个护照号码：可能是两个国家的护照，也可能是同一人的两种写法。"
    ),
    Hold.Kind.REUSED_PHOTO: gettext_lazy("同一张照片出现在 %(records)s 份记录中：%(numbers)s。"),
    Hold.Kind.BURST: gettext_lazy("代办点 %(agent_point)s 在 %(minutes)s 分钟内完成了 %(claims)s 份。"),
    Hold.Kind.OPERATOR: gettext_lazy(
        "运营机构先称这笔付款失败，后来又称成功(请求号 %(note)s)；核实之前不再发放。"
    ),
    Hold.Kind.NAME: gettext_lazy("运营机构核对收款人：%(said)s。请向车主核实，或更正收款信息。"),
    Hold.Kind.ALTERED: gettext_lazy(
        "数据库里的收款信息或车主姓名不是登记时写下的内容：可能有人绕过系统改动了数据。请报告安全管理员，查明后由商户更正收款"
        "信息；姓名被改动的，重新申报。"
    ),
    Hold.Kind.UNPROVED: gettext_lazy(
        "报警：这笔补贴所依据的决定没有本系统的印记，可能有人绕过系统改动了数据。没有发出；请报告安全管理员，查明后再作决定。"
    ),
    Hold.Kind.PAYEE: gettext_lazy("锁定补贴之后，收款钱包或手机号被更正；须由更正人以外的人向车主核实。"),
    Hold.Kind.PAPER: gettext_lazy("核验所依据的书面材料(编号 %(paper)s)已到期，须补充新的材料或重新核实。"),
    Hold.Kind.REGISTER: gettext_lazy("导入批次 %(batch)s 把这辆旧车改到另一名车主名下，须核实由谁领取补贴。"),
    Hold.Kind.ELSEWHERE: gettext_lazy(
        "省级锁定登记处答复：本申请的旧车、新车或车主已用于单元 %(cell)s 的申请 %(record)s。核实之前不发放。"
    ),
    Hold.Kind.CUT_OFF: gettext_lazy(
        "商户在第 %(stage)s 阶段截止前的 %(first)s 至 %(last)s 完成了 %(claims)s 份；平时每天 %(usual)s 份，"
        "考虑到截止前全区都较忙，预计应为 %(expected)s 份。"
    ),
}


def hold_in_words(hold: Hold) -> list[str]:
    """The evidence as sentences; of a kind that has none of its own, whatever text stands with it."""
    found = hold.evidence
    if hold.kind == Hold.Kind.MISMATCH:
        return [_mismatch(name, pair) for name, pair in found.get("differs", {}).items()]
    if hold.kind == Hold.Kind.LISTED:
        return [_listed(found)]
    sentence = SENTENCES.get(hold.kind)
    try:
        if sentence:
            said = dict(PayeeCheck.Result.choices).get(found.get("result", ""), "")
            numbers = _("、").join(found.get("record_nos", ()))
            return [str(sentence) % {**found, "numbers": numbers, "said": said}]
    except KeyError:
        return []
    return _by_a_person(hold)


def _listed(found: Mapping[str, Any]) -> str:
    kinds, reasons = dict(WatchEntry.Kind.choices), dict(WatchEntry.Reason.choices)
    return _("在待查名单上：%(what)s(%(why)s)。") % {
        "what": _("、").join(str(kinds.get(kind, kind)) for kind in found.get("kinds", ())),
        "why": _("、").join(str(reasons.get(reason, reason)) for reason in found.get("reasons", ())),
    }


def _by_a_person(hold: Hold) -> list[str]:
    """The reasons for which the claim ought to be refused, or those of the hold alone, and what somebody typed."""
    proposed = refusals_among(hold.reasons)
    others = [code for code in hold.reasons if code not in proposed]
    sentence = _("经办提请不予补贴：%s。") % titles_of(proposed) if proposed else ""
    term = _("商户补充期限：%s。") % hold.evidence["due"] if "due" in hold.evidence else ""
    return [*filter(None, [sentence, reasons_and_note(others, str(hold.evidence.get("note", ""))), term])]


def _mismatch(name: str, pair: Any) -> str:
    record, told = (in_words(value) for value in pair)
    return str(MISMATCHES.get(name, name)) % {"record": record, "told": told}
