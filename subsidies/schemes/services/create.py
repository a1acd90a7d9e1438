"""Setting a scheme up: its stages, the first version of its policy; its budget is a change that another person approves."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.decisions import mark
from core.models import User
from subsidies.marked import POLICY
from subsidies.models import PolicyVersion, Scheme, Stage
from subsidies.schemes.plans import SchemePlan
from subsidies.schemes.selectors.terms import SETTINGS, Proposal, Terms
from subsidies.schemes.services.changes import approve_change, propose_change


@transaction.atomic
def create_scheme(plan: SchemePlan, *, by: User, now: datetime, note: str = "", ref: str = "") -> Scheme:
    """Draft a scheme with its stages and policy version 1. Its first money is proposed: when another approves, it is open.

    Raises ValueError unless there is money, Faulty where the terms are none.
    """
    if plan.budget_fen <= 0:
        raise ValueError("funding must be positive")
    scheme = Scheme.objects.create(
        code=plan.code,
        name=plan.name,
        filing_plate_pattern=plan.filing_plate_pattern,
        digital_plate_pattern=plan.digital_plate_pattern,
    )
    Stage.objects.bulk_create(
        Stage(
            scheme=scheme,
            no=s.no,
            starts_on=s.starts_on,
            ends_on=s.ends_on,
            amount_fen=s.amount_fen,
            cap_fen=s.cap_fen,
        )
        for s in plan.stages
    )
    terms = Terms.planned(plan)
    policy = PolicyVersion.objects.create(
        scheme=scheme,
        version=1,
        **{name: getattr(terms, name) for name in SETTINGS},
        stages=terms.as_json()["stages"],
        created_at=now,
        created_by=by,
    )
    mark(POLICY, [policy.pk], at=now)
    propose_change(
        scheme=scheme,
        proposal=Proposal(terms, note=note or _("首笔资金"), budget_fen=plan.budget_fen, ref=ref),
        by=by,
        now=now,
    )
    return scheme


@transaction.atomic
def open_scheme(plan: SchemePlan, *, by: User, approved_by: User, now: datetime) -> Scheme:
    """The same by two people at once, with its first money. Raises NotYours where they are one."""
    scheme = create_scheme(plan, by=by, now=now)
    approve_change(change=scheme.changes.get(), by=approved_by, now=now)
    return Scheme.objects.get(pk=scheme.pk)


@transaction.atomic
def fund(scheme: Scheme, amount_fen: int, *, people: tuple[User, User], now: datetime, ref: str = "") -> None:
    """Put money into a scheme, or take some out (below 0), by a change that two people make at once.

    Raises what `propose_change` and `approve_change` raise.
    """
    proposer, approver = people
    terms = Terms.of(scheme.policy)
    proposal = Proposal(terms, note=_("调整资金"), budget_fen=amount_fen, ref=ref)
    change = propose_change(scheme=scheme, proposal=proposal, by=proposer, now=now)
    approve_change(change=change, by=approver, now=now)
