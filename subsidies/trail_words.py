"""What the audit trail, which knows nothing of this app, calls its records and says of their values."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.audit.wording import NUMBERS, PARTS, TOLD, VALUES
from subsidies.decision_reasons import TITLES
from subsidies.models import LedgerEntry, PayeeCheck, PolicyVersion, WatchEntry
from subsidies.papers.wording import FACTS
from subsidies.reconciliation.wording import in_words
from subsidies.schemes.selectors.terms import SETTINGS, STAGE_TERMS
from subsidies.search.selectors.search_terms import WAYS

_NUMBERS = {
    "subsidies.claim": "trade_in__record_no",
    "subsidies.supplement": "claim__trade_in__record_no",
    "subsidies.casenote": "claim__trade_in__record_no",
    "subsidies.lineevidence": "line__request_no",
    "subsidies.scheme": "name",
    "subsidies.payoutbatch": "number",
    "subsidies.payoutline": "request_no",
    "subsidies.recoverycase": "number",
    "subsidies.recoveryreceipt": "number",
    "subsidies.difference": "number",
    "subsidies.paymentrequest": "number",
    "ebikes.tradein": "record_no",
    "ebikes.filedbike": "filing_plate_no",
    "ebikes.importbatch": "file_name",
    "ebikes.licensinganswer": "request_id",
    "merchants.merchant": "name",
    "merchants.agentpoint": "point_no",
    "merchants.training": "title",
    "merchants.tradeinevent": "place",
    "merchants.inspection": "merchant__name",
    "merchants.samplinglot": "report_no",
}
# What stands as evidence with a hold (`review/hold_wording.py`) and what a paper says.
_EVIDENCE: dict[str, str | Promise] = {
    "due": _("最晚补充日期"),
    "change": _("收款信息更正编号"),
    "differs": _("不一致之处"),
    "merchants": _("商户数"),
    "records": _("记录数"),
    "record_nos": _("单号"),
    "numbers": _("单号"),
    "agent_point": _("代办点"),
    "day": _("日期"),
    "minutes": _("分钟数"),
    "kinds": _("名单种类"),
    "reasons": _("理由"),
    "entries": _("名单编号"),
    "result": _("核对结果"),
    "said": _("核对结果"),
    "paper": _("书面材料编号"),
    "batch": _("导入批次"),
    "unproved": _("没有印记的决定"),
    "stage": _("阶段"),
    "first": _("最早"),
    "last": _("最晚"),
    "usual": _("平时每天份数"),
    "expected": _("预计份数"),
    **FACTS,
}


def begin() -> None:
    """Tell the trail."""
    NUMBERS.update(_NUMBERS)
    PARTS.update({**_EVIDENCE, **SETTINGS, **STAGE_TERMS, **dict(LedgerEntry.Kind.choices)})
    VALUES["ways"] = {way: title for way, (title, _read) in WAYS.items()}
    VALUES["result"] = dict(PayeeCheck.Result.choices)
    VALUES["kinds"] = dict(WatchEntry.Kind.choices)
    VALUES["reasons"] = {**dict(WatchEntry.Reason.choices), **TITLES}
    VALUES["head_of_line"] = dict(PolicyVersion.HeadOfLine.choices)
    TOLD.update(dict.fromkeys(("subsidies.difference.ours", "subsidies.difference.theirs"), in_words))
