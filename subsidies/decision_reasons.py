"""The reasons from which a person chooses who decides a claim. What is kept is their codes, beside what was typed."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subsidies.reasons import REASONS

Titles = dict[str, str | Promise]

OTHER = "other"
_OTHER_REASON: Titles = {OTHER: _("其他(请在说明中写明)")}

ASK_AGAIN: Titles = {
    "system_is_back": _("外部系统已恢复"),
    "authority_corrected": _("主管部门已更正其记录"),
    "record_confirmed": _("已核对记录无误"),
    **_OTHER_REASON,
}
DEMAND_CORRECTION: Titles = {
    "plate_wrong": _("号牌录入有误"),
    "vehicle_code_wrong": _("整车编码录入有误"),
    "owner_wrong": _("车主信息有误"),
    "times_wrong": _("时间录入有误"),
    "photo_missing": _("缺少照片或照片看不清"),
    **_OTHER_REASON,
}
DEMAND_EVIDENCE: Titles = {
    "photo_missing": _("缺少照片或照片看不清"),
    "invoice_copy": _("购车发票"),
    "wallet_page": _("数字人民币钱包实名页面"),
    "relation_papers": _("户口簿等关系证明"),
    "owner_statement": _("车主本人书面说明"),
    "sale_papers": _("销售和回收的台账或监控截图"),
    **_OTHER_REASON,
}
CLEAR_HOLDS: Titles = {
    "asked_by_phone": _("已电话向车主核实"),
    "seen_on_site": _("已到店核查"),
    "family": _("同一家庭共用手机号或钱包"),
    "event_day": _("集中置换活动，属正常情况"),
    "authority_counts": _("以主管部门记录为准，不影响补贴"),
    **_OTHER_REASON,
}
HOLD: Titles = {
    "untrue": _("疑似虚假交易"),
    "identity": _("身份存疑"),
    "report": _("收到举报或投诉"),
    "shop_at_risk": _("商户有问题未整改或正被查处"),
    "papers_missing": _("材料不全，待补"),
    **_OTHER_REASON,
}
CANCEL: Titles = {
    "written_request": _("车主书面申请撤回"),
    "returned": _("已退车"),
    **_OTHER_REASON,
}
START_RECOVERY: Titles = {
    "returned_after_payment": _("发放后退车"),
    "untrue_proved": _("查实虚假交易"),
    "paid_in_error": _("误发"),
    "paid_too_much": _("多发(补贴标准或阶段认定有误)"),
    **_OTHER_REASON,
}
# On what law each demand rests, unless whoever makes it says otherwise. In Chinese alone: it stands in the demand letter.
_UNJUST_ENRICHMENT = "《中华人民共和国民法典》第九百八十五条（不当得利）"
LEGAL_BASIS: dict[str, str] = {
    "returned_after_payment": f"本补贴实施方案关于退车须退回补贴的规定；{_UNJUST_ENRICHMENT}",
    "untrue_proved": "《财政违法行为处罚处分条例》第十四条（以虚报、冒领等手段骗取财政资金）",
    "paid_in_error": _UNJUST_ENRICHMENT,
    "paid_too_much": _UNJUST_ENRICHMENT,
    OTHER: _UNJUST_ENRICHMENT,
}
SUPPLEMENT: Titles = {
    "paid_too_little": _("少发(补贴标准或阶段认定有误)"),
    "objection_upheld": _("异议或复议成立"),
    "authority_corrected": _("主管部门已更正其记录"),
    **_OTHER_REASON,
}
RETRY_FAILED: Titles = {
    "payee_corrected": _("收款信息已更正"),
    "wallet_ready": _("钱包已恢复正常"),
    "limit_passed": _("限额已恢复"),
    **_OTHER_REASON,
}
REFUSE: Titles = {code: reason.title for code, reason in REASONS.items()}

# A code means the same wherever it stands, so that it is read without asking who wrote it.
TITLES: Titles = (
    ASK_AGAIN
    | DEMAND_CORRECTION
    | DEMAND_EVIDENCE
    | CLEAR_HOLDS
    | HOLD
    | CANCEL
    | START_RECOVERY
    | SUPPLEMENT
    | RETRY_FAILED
    | REFUSE
)


def titles_of(codes: Sequence[str]) -> str:
    """The reasons in the reader's language, one after the other; a code that the lists do not have any more as it is."""
    return gettext("、").join(str(TITLES.get(code, code)) for code in codes)


def reasons_and_note(codes: Sequence[str], note: str) -> str:
    """Why somebody decided, for people: the reasons, then what was typed. "Other" says nothing beside its note."""
    return gettext("：").join(filter(None, [titles_of([code for code in codes if code != OTHER]), note]))
