"""Changing the accounts or a layout: one person proposes, another decides."""

from datetime import datetime
from typing import Any

from core.audit.acting import acting
from core.models import User
from subsidies.models import ClosingRule

State = ClosingRule.State


class AlreadyOpen(ValueError):
    """Another proposal of this subject still waits for a decision."""


class Unchanged(ValueError):
    """It is what is in force already."""


class OwnProposal(PermissionError):
    """Whoever proposed it does not approve it."""


class Decided(ValueError):
    """It was approved or declined already."""


def propose_rule(*, subject: str, content: dict[str, Any], by: User, now: datetime, note: str) -> ClosingRule:
    """Write a new version down; it is in force when another person has approved it. Raises AlreadyOpen, Unchanged."""
    with acting("propose_rule", by=by, now=now, note=note):
        rules = list(ClosingRule.objects.select_for_update().filter(subject=subject).order_by("-version"))
        if any(each.state == State.PROPOSED for each in rules):
            raise AlreadyOpen(subject)
        in_force = next((each for each in rules if each.state == State.APPROVED), None)
        if in_force and in_force.content == content:
            raise Unchanged(subject)
        return ClosingRule.objects.create(
            subject=subject,
            version=len(rules) + 1,
            content=content,
            note=note.strip(),
            proposed_by=by,
            proposed_at=now,
        )


def decide_rule(*, rule: ClosingRule, approve: bool, by: User, now: datetime, note: str = "") -> ClosingRule:
    """Put another person's proposal in force, or decline one (one's own too). Raises OwnProposal, Decided."""
    with acting("decide_rule", by=by, now=now, note=note):
        locked = ClosingRule.objects.select_for_update().get(pk=rule.pk)
        if locked.state != State.PROPOSED:
            raise Decided(str(locked.pk))
        if approve and locked.proposed_by_id == by.pk:
            raise OwnProposal(str(locked.pk))
        locked.state, locked.decided_by, locked.decided_at = (
            (State.APPROVED if approve else State.DECLINED),
            by,
            now,
        )
        locked.decision_note = note.strip()
        locked.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        return locked
