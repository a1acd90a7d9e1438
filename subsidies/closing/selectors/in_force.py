"""The accounts and layouts that are in force."""

from dataclasses import dataclass
from typing import Any

from subsidies.closing.accounts import AccountMap
from subsidies.closing.layouts import Layout
from subsidies.closing.shipped import SHIPPED
from subsidies.models import ClosingRule

Subject = ClosingRule.Subject


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule as it is frozen into what is made by it; version 0 is the shipped one, which nobody has confirmed."""

    version: int
    content: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"version": self.version, "content": self.content}


def in_force(subject: str) -> InForce:
    """The newest approved version of a subject, or the shipped one."""
    found = ClosingRule.objects.filter(subject=subject, state=ClosingRule.State.APPROVED)
    rule = found.order_by("-version").first()
    return InForce(rule.version, rule.content) if rule else InForce(0, SHIPPED[subject])


def accounts_in_force() -> AccountMap:
    return AccountMap.from_json(in_force(Subject.ACCOUNTS).content)


def layout_in_force(subject: str) -> Layout:
    return Layout.from_json(in_force(subject).content)


def rules_in_force() -> dict[str, dict[str, Any]]:
    """All of them, by subject, as a close freezes them."""
    return {subject: in_force(subject).as_json() for subject in Subject.values}
