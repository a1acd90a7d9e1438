"""What the questions about a recovery share: who may do what, the case as it is shown, and taken only as it was shown."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from core.money import yuan
from core.staff.ask_first import bound_to_what_was_seen
from subsidies.models import RecoveryCase
from subsidies.review.pages.claim_facts import name_of

PROPOSE, DECIDE = "subsidies.add_recoverycase", "subsidies.change_recoverycase"
TAKE, CONFIRM = "subsidies.add_recoveryreceipt", "subsidies.change_recoveryreceipt"


def address_of(case: RecoveryCase) -> str:
    """The case's own page."""
    return reverse("admin:subsidies_recoverycase_change", args=[case.pk])


def load_case(pk: int) -> RecoveryCase:
    """The case with what its questions tell. Raises Http404."""
    beside = ("claim__trade_in", "claim__owner", "claim__scheme", "proposed_by")
    return get_object_or_404(RecoveryCase.objects.select_related(*beside), pk=pk)


def filled(form: type[forms.Form], initial: Mapping[str, object], **bounds: object) -> type[Any]:
    """The form with what it begins with, and what it is checked against."""

    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        form.__init__(self, *args, **{"initial": dict(initial), **kwargs})

    return type("FilledForm", (form,), {"__init__": begin, **bounds})


def as_shown(form: type[forms.Form], case: RecoveryCase) -> type[forms.Form]:
    """Taken only for the case as it was shown."""
    state = f"{case.state}/{case.amount_fen}/{case.proposed_at}/{case.plan_no}/{case.received_fen}"
    return bound_to_what_was_seen(form, state)


def _when(case: RecoveryCase) -> list[tuple[str, object]]:
    """By when which part is due, while it is decided on."""
    if case.state != RecoveryCase.State.PROPOSED:
        return []
    plan = [
        _("%(day)s 前 %(yuan)s 元") % {"day": each.due_on.isoformat(), "yuan": yuan(each.amount_fen)}
        for each in case.instalments.filter(plan_no=0)
    ]
    return [(_("还款计划"), _("；").join(plan))]


def facts_of(case: RecoveryCase) -> list[tuple[str, object]]:
    """What every question says of the case."""
    facts: list[tuple[str, object]] = [
        (_("单号"), case.claim.trade_in.record_no),
        *([(_("文号"), case.number)] if case.number else []),
        (_("理由"), case.get_reason_display()),
        (_("查明的事实"), case.note),
        (_("法律依据"), case.basis),
        (_("追回金额"), _("%s 元") % yuan(case.amount_fen)),
        *_when(case),
        (_("提出人"), name_of(case.proposed_by)),
    ]
    if case.state == RecoveryCase.State.OPEN:
        facts.append((_("已收"), _("%s 元") % yuan(case.received_fen)))
    if case.surplus_fen:
        facts.append((_("多收、待退还"), _("%s 元") % yuan(case.surplus_fen)))
    return facts
