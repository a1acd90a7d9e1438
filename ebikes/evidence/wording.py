"""What the licensing systems said, and how they are, in words. Never the answer itself, and never who it is about."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.shanghai import in_words
from ebikes.licensing.answers import Problem
from ebikes.models import LicensingAnswer

PROBLEMS: dict[str, str | Promise] = {
    Problem.TIMEOUT: gettext_lazy("超过时限没有答复"),
    Problem.REFUSED: gettext_lazy("连接不上"),
    Problem.DROPPED: gettext_lazy("答复途中断开"),
    Problem.GARBAGE: gettext_lazy("答复的内容不可信"),
    Problem.UNKNOWN_WORD: gettext_lazy("用词不在已知清单内，不作为结论"),
    Problem.CONTRADICTION: gettext_lazy("答复自相矛盾，不作为结论"),
    Problem.SERVER_ERROR: gettext_lazy("对方系统出错"),
    Problem.THROTTLED: gettext_lazy("对方限制了询问频率"),
    Problem.BREAKER_OPEN: gettext_lazy("暂停询问期间，没有询问"),
    Problem.UNVERIFIED: gettext_lazy("答复的签名核对不上，可能被改动过，不作为结论"),
    Problem.UNAUTHORISED: gettext_lazy("对方不承认本系统的身份"),
    Problem.REJECTED: gettext_lazy("对方不受理这次询问"),
    Problem.INTERNAL: gettext_lazy("本系统出错"),
}
BREAKER: dict[str, str | Promise] = {
    "closed": gettext_lazy("正常"),
    "half_open": gettext_lazy("试探恢复中"),
    "open": gettext_lazy("暂停询问"),
}
_FACTS: dict[str, str | Promise] = {
    "status": gettext_lazy("备案状态"),
    "deregistered_at": gettext_lazy("注销时间"),
    "collected_at": gettext_lazy("回收时间"),
    "agent_point_no": gettext_lazy("代办点编号"),
    "plate": gettext_lazy("号牌"),
    "vehicle_code": gettext_lazy("整车编码"),
    "plated_at": gettext_lazy("上牌时间"),
    "vehicle_kind": gettext_lazy("车辆类型"),
}


def problem_in_words(code: str) -> str:
    """Why nothing was learnt; empty where something was."""
    return str(PROBLEMS.get(code, code))


def outcome_in_words(answer: LicensingAnswer) -> str:
    """Found, absent, or unknown with the reason; or that a paper says it, and no system."""
    if answer.on_paper:
        return _("书面材料，不是系统答复")
    outcome = answer.get_outcome_display()
    if not answer.problem:
        return outcome
    return _("%(outcome)s：%(why)s") % {"outcome": outcome, "why": problem_in_words(answer.problem)}


def facts_in_words(answer: LicensingAnswer) -> list[tuple[str, str]]:
    """Every fact with its name; times in Asia/Shanghai to the second, what the system lacks as a dash."""
    facts: Mapping[str, Any] = answer.facts
    names = [*(name for name in _FACTS if name in facts), *(name for name in facts if name not in _FACTS)]
    return [(str(_FACTS.get(name, name)), _value(name, facts[name])) for name in names]


def _value(name: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    return in_words(value) if name.endswith("_at") else str(value)


def holder_in_words(answer: LicensingAnswer, number: bytes | memoryview) -> str:
    """Whether the system knows the same person as the record does. Empty where it named nobody."""
    if answer.holder_index is None:
        return ""
    same = bytes(answer.holder_index) == bytes(number)
    return _("与记录车主的证件相同") if same else _("与记录车主的证件不同")
