"""A scheme's terms: what a policy version lays down, as one value to compare, keep and put in force."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import yuan
from subsidies.engine.stages import StageTerms
from subsidies.models import PolicyVersion
from subsidies.schemes.plans import SchemePlan

SETTINGS = {
    "head_of_line": gettext_lazy("排队规则"),
    "per_person_cap": gettext_lazy("每人上限"),
    "filed_years_limit": gettext_lazy("备案年限"),
    "settle_lag_hours": gettext_lazy("结算等待(小时)"),
    "review_days": gettext_lazy("办理时限(工作日)"),
    "payer_wallet": gettext_lazy("付款钱包"),
    "payer_name": gettext_lazy("付款单位"),
}
STAGE_TERMS = {
    "starts_on": gettext_lazy("起始日期"),
    "ends_on": gettext_lazy("截止日期"),
    "amount_fen": gettext_lazy("补贴标准(元)"),
    "cap_fen": gettext_lazy("阶段上限(元)"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings of one policy version, and its stages in the order of their numbers."""

    head_of_line: str
    per_person_cap: int | None
    filed_years_limit: int | None
    settle_lag_hours: int
    stages: tuple[StageTerms, ...]
    review_days: int | None = 10
    payer_wallet: str = ""  # none of its own: the installation's (PAYER_WALLET, PAYER_NAME)
    payer_name: str = ""

    @classmethod
    def of(cls, policy: PolicyVersion) -> Self:
        settings = {name: getattr(policy, name) for name in SETTINGS}
        return cls(**settings, stages=tuple(map(StageTerms.from_json, policy.stages)))

    @classmethod
    def planned(cls, plan: SchemePlan) -> Self:
        """Those that a plan has, its stages in the order of their numbers."""
        stages = tuple(sorted(plan.stages, key=lambda stage: stage.no))
        return cls(**{name: getattr(plan, name) for name in SETTINGS}, stages=stages)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        stages = tuple(map(StageTerms.from_json, data["stages"]))
        return cls(**{name: data[name] for name in SETTINGS}, stages=stages)

    def as_json(self) -> dict[str, Any]:
        ordered = sorted(self.stages, key=lambda stage: stage.no)
        return {name: getattr(self, name) for name in SETTINGS} | {
            "stages": [stage.as_json() for stage in ordered]
        }

    def stage(self, no: int) -> StageTerms | None:
        return next((stage for stage in self.stages if stage.no == no), None)


@dataclass(frozen=True, slots=True)
class Proposal:
    """All terms as they shall be, by how much the budget grows (below 0: shrinks), why, and on whose paper."""

    terms: Terms
    note: str
    budget_fen: int = 0
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different: where, which setting (none of the money), both values in words. `old` is empty for what is new."""

    where: str
    what: str
    old: str
    new: str

    @property
    def title(self) -> str:
        return f"{self.where} · {self.what}" if self.what else self.where


def differences(old: Terms, new: Terms) -> list[Difference]:
    """Everything in which two versions differ, in words."""
    found = [
        Difference(
            _("政策"),
            str(title),
            term_in_words(name, getattr(old, name)),
            term_in_words(name, getattr(new, name)),
        )
        for name, title in SETTINGS.items()
        if getattr(old, name) != getattr(new, name)
    ]
    for no in sorted({stage.no for stage in (*old.stages, *new.stages)}):
        found += _stage_differences(no, old.stage(no), new.stage(no))
    return found


def budget_difference(before_fen: int, after_fen: int) -> Difference:
    """What a change of the money is, in words."""
    return Difference(_("资金总额(元)"), "", yuan(before_fen), yuan(after_fen))


def _stage_differences(no: int, old: StageTerms | None, new: StageTerms | None) -> Iterator[Difference]:
    where = _("第 %(no)s 阶段") % {"no": no}
    for name, title in STAGE_TERMS.items():
        before, after = (term_in_words(name, getattr(stage, name)) if stage else "" for stage in (old, new))
        if before != after:
            yield Difference(where, str(title), before, after)


def term_in_words(name: str, value: Any) -> str:
    """One setting as a person reads it: yuan for fen, 不限 for no limit."""
    if name == "head_of_line":
        return str(PolicyVersion.HeadOfLine(value).label)
    if value is None:
        return _("不限")
    if value == "":
        return _("按系统设置")
    if name.endswith("_fen"):
        return yuan(value)
    return str(value)
