"""The reasons from which a person chooses who decides a claim: stored beside the decision as words, code and note."""

import re
from collections.abc import Sequence
from functools import cache

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

OTHER = "other"
_OTHER_REASON: dict[str, str | Promise] = {OTHER: _("其他(请在说明中写明)")}

REASONS_FOR: dict[str, dict[str, str | Promise]] = {
    "ask_again": {
        "system_is_back": _("外部系统已恢复"),
        "authority_corrected": _("主管部门已更正其记录"),
        "record_confirmed": _("已核对记录无误"),
        **_OTHER_REASON,
    },
    "demand_correction": {
        "plate_wrong": _("号牌录入有误"),
        "vehicle_code_wrong": _("整车编码录入有误"),
        "owner_wrong": _("车主信息有误"),
        "times_wrong": _("时间录入有误"),
        "photo_missing": _("缺少照片或照片看不清"),
        **_OTHER_REASON,
    },
    "clear_holds": {
        "asked_by_phone": _("已电话向车主核实"),
        "seen_on_site": _("已到店核查"),
        "family": _("同一家庭共用手机号或钱包"),
        "event_day": _("集中置换活动，属正常情况"),
        "authority_counts": _("以主管部门记录为准，不影响补贴"),
        **_OTHER_REASON,
    },
    "hold": {
        "untrue": _("疑似虚假交易"),
        "identity": _("身份存疑"),
        "report": _("收到举报或投诉"),
        "papers_missing": _("材料不全，待补"),
        **_OTHER_REASON,
    },
    "cancel": {
        "written_request": _("车主书面申请撤回"),
        "returned": _("已退车"),
        **_OTHER_REASON,
    },
    "start_recovery": {
        "returned": _("发放后退车"),
        "untrue": _("查实虚假交易"),
        "paid_in_error": _("误发"),
        **_OTHER_REASON,
    },
    "retry_failed": {
        "payee_corrected": _("收款信息已更正"),
        "wallet_ready": _("钱包已恢复正常"),
        "limit_passed": _("限额已恢复"),
        **_OTHER_REASON,
    },
}


_CODE = re.compile(rf"\(({'|'.join({code for reasons in REASONS_FOR.values() for code in reasons})})\)")


def _kept(verb: str, code: str) -> str:
    """A reason as it is kept: in Chinese, with its code."""
    with translation.override("zh-hans"):
        return f"{REASONS_FOR[verb][code]}({code})"


@cache
def _reasons() -> tuple[dict[str, str | Promise], re.Pattern[str]]:
    """Every reason by what is kept of it, and what a note that begins with some of them looks like."""
    titles = {
        _kept(verb, code): title
        for verb, reasons in REASONS_FOR.items()
        for code, title in reasons.items()
        if code != OTHER
    }
    any_of = "|".join(map(re.escape, titles))
    return titles, re.compile(f"({any_of})(?:、({any_of}))*(?:：|$)")


def as_read(note: str) -> str:
    """A note that was kept with its codes, for people: the reasons from the list in the reader's language.

    A reason that the list does not have any more is read as it was written.
    """
    titles, beginning = _reasons()
    begins = beginning.match(note)
    if begins is None:
        return _CODE.sub("", note)
    kept, rest = begins[0].removesuffix("："), note[begins.end() :]
    reasons = gettext("、").join(str(titles[each]) for each in kept.split("、"))
    return reasons + gettext("：") + rest if rest else reasons


def as_written(verb: str, codes: Sequence[str], note: str) -> str:
    """A decision's reasons and note as they are kept: in Chinese, each with its code."""
    reasons = "、".join(_kept(verb, code) for code in codes if code != OTHER)
    return "：".join(part for part in (reasons, note.strip()) if part)[:500]
