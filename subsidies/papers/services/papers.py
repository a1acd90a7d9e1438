"""Bringing a paper, confirming it, and what follows: the claim is looked at again, now and when the paper expires."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import F, Q

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from core.privacy.scans import Scan, keep_scan
from core.shanghai import local_day
from ebikes.evidence.models import ON_PAPER
from ebikes.models import LicensingAnswer
from subsidies.engine.checks import CHECKS, Source
from subsidies.marked import ANSWERED, PAPER_CONFIRMED, PAPER_PROPOSED
from subsidies.models import Claim, Hold, PaperEvidence
from subsidies.papers.selectors.in_force import print_of
from subsidies.states import DECIDABLE, PENDING, RESERVED, ClaimState

PROPOSED, CONFIRMED, DECLINED, EXPIRED = PaperEvidence.State
# A system's word is of use while the checks are not through, or have refused; who somebody is until the money is ordered.
FOR_A_SYSTEM = frozenset({*PENDING, ClaimState.REFUSED})
FOR_A_PERSON = FOR_A_SYSTEM | {*DECIDABLE, ClaimState.SETTLED, ClaimState.APPROVED, ClaimState.PAYOUT_FAILED}
# What a paper may speak to: all that is checked, but for who came first in the province.
BY_PAPER = frozenset(code for code, entry in CHECKS.items() if entry.asks is not Source.REGISTER)
_UNPAID = tuple(state for state in RESERVED if state not in (ClaimState.IN_PAYOUT, ClaimState.PAYOUT_UNKNOWN))


class NotOfUse(ValueError):
    """The claim is not in a state that a paper of this kind could change, or one waits to be confirmed already."""


class OwnPaper(PermissionError):
    """Whoever brought the paper does not confirm it."""


class Decided(ValueError):
    """The paper was decided already, or has expired."""


class TakenMeanwhile(ValueError):
    """The old bike or the new vehicle has another claim by now."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a paper says: of a system `facts` (as its answer's), of a person `other_id_no`. `expires_on`: a local day."""

    subject: PaperEvidence.Subject
    title: str
    expires_on: date
    note: str
    facts: dict[str, str | None] = field(default_factory=dict)
    other_id_no: str = ""


def may_bring(claim: Claim, subject: str) -> bool:
    """Whether a paper of this kind could change anything about the claim."""
    if claim.state == ClaimState.REFUSED and not set(claim.refusals) <= BY_PAPER:
        return False  # a person, or another claim, refused it: no paper about a system or a relative changes that
    system = subject in (PaperEvidence.Subject.EXING, PaperEvidence.Subject.YUNSHENLING)
    return claim.state in (FOR_A_SYSTEM if system else FOR_A_PERSON)


def propose_paper(
    *, claim: Claim, said: Said, scans: Sequence[Scan], by: User, now: datetime
) -> PaperEvidence:
    """Bring a paper with its scans. Nothing changes before another person confirms it. Raises NotOfUse."""
    with acting("propose_paper", by=by, now=now, note=said.note):
        locked = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        waiting = PaperEvidence.objects.proposed().filter(claim=locked, subject=said.subject)
        if not may_bring(locked, said.subject) or waiting.exists():
            raise NotOfUse(f"claim {claim.pk} is {locked.state}")
        paper = PaperEvidence.objects.create(
            claim=locked,
            subject=said.subject,
            facts=said.facts,
            other_id_no=said.other_id_no or None,
            other_print=print_of(said.other_id_no) if said.other_id_no else "",
            title=said.title,
            scans=[keep_scan(scan) for scan in scans],
            digests=[scan.digest for scan in scans],
            expires_on=said.expires_on,
            note=said.note,
            proposed_by=by,
            proposed_at=now,
        )
        mark(PAPER_PROPOSED, [paper.pk], at=now)
        return paper


def decide_paper(*, paper: PaperEvidence, confirm: bool, by: User, now: datetime, note: str = "") -> None:
    """Confirm what another person brought, so that the claim is looked at again with it; or decline it.

    Raises OwnPaper (the own one may be declined), Decided, NotOfUse, TakenMeanwhile.
    """
    with acting("confirm_paper" if confirm else "decline_paper", by=by, now=now, note=note):
        claim = Claim.objects.select_for_update(no_key=True).select_related("owner").get(pk=paper.claim_id)
        found = PaperEvidence.objects.select_for_update(no_key=True, of=("self",)).get(pk=paper.pk)
        if confirm and found.proposed_by_id == by.pk:
            raise OwnPaper("whoever brought the paper does not confirm it")
        if found.state != PROPOSED or (confirm and found.expires_on < local_day(now)):
            raise Decided(f"paper {paper.pk} is {found.state}")
        if confirm and not may_bring(claim, found.subject):
            raise NotOfUse(f"claim {claim.pk} is {claim.state}")
        if confirm and found.stands_for_a_system:
            found.answer = _answer(found, claim, now=now)
        found.state, found.decided_by, found.decided_at = CONFIRMED if confirm else DECLINED, by, now
        found.decision_note = note
        found.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "answer"])
        if confirm:
            mark(PAPER_CONFIRMED, [found.pk], at=now)
            _look_again(claim, found, now=now)


def _answer(paper: PaperEvidence, claim: Claim, *, now: datetime) -> LicensingAnswer:
    """The paper as the answer that the system did not give: it says that it is on paper, and that it is the owner's."""
    answer = LicensingAnswer.objects.create(
        trade_in_id=claim.trade_in_id,
        system=paper.subject,
        outcome=LicensingAnswer.Outcome.FOUND,
        facts=paper.facts,
        holder_index=claim.owner.number_index,
        raw=json.dumps({"paper": paper.pk, "title": paper.title}, ensure_ascii=False),
        request_id=f"paper-{paper.pk}",
        answered_at=now,
        adapter_version=ON_PAPER,
    )
    mark(ANSWERED, [answer.pk], at=now)
    return answer


def _look_again(claim: Claim, paper: PaperEvidence, *, now: datetime) -> None:
    """Have the claim checked anew with the paper. What the other system said before a refusal is asked again."""
    if claim.state not in FOR_A_SYSTEM:
        return  # who somebody is, of a claim that passed: the paper stands beside it
    if claim.state == ClaimState.REFUSED and _taken(claim):
        raise TakenMeanwhile(f"claim {claim.pk}")
    answers = {"exing": claim.exing_answer, "yunshenling": claim.yunshenling_answer}
    if claim.state == ClaimState.REFUSED:
        answers = {name: answer if answer and answer.on_paper else None for name, answer in answers.items()}
    if paper.answer:
        answers[paper.subject] = paper.answer
    Claim.objects.filter(pk=claim.pk).update(
        state=ClaimState.CHECKING,
        refusals=[],
        next_check_at=now,
        check_attempts=F("check_attempts") + 1,  # who is asking at this moment comes too late
        exing_answer=answers["exing"],
        yunshenling_answer=answers["yunshenling"],
    )


def _taken(claim: Claim) -> bool:
    same = (
        Q(filing_plate_no=claim.filing_plate_no)
        | Q(vehicle_code=claim.vehicle_code)
        | Q(trade_in=claim.trade_in_id)
    )
    return Claim.objects.filter(same, live=True).exists()


def expire_papers(*, now: datetime) -> int:
    """What rested upon papers that have expired is checked anew, or held where its money is set aside; how many papers.

    Repeated, it changes nothing.
    """
    over = PaperEvidence.objects.filter(state=CONFIRMED, expires_on__lt=local_day(now))
    found = list(over.order_by("pk").values_list("pk", "claim"))
    for paper, claim in found:
        _expire(paper, claim, now=now)
    return len(found)


def _expire(paper_id: int, claim_id: int, *, now: datetime) -> None:
    with acting("expire_papers", by=None, now=now):
        claim = Claim.objects.select_for_update(no_key=True).get(pk=claim_id)
        moved = PaperEvidence.objects.filter(pk=paper_id, state=CONFIRMED).update(state=EXPIRED)
        if not moved:
            return
        if claim.state in (*PENDING, *DECIDABLE):
            Claim.objects.filter(pk=claim.pk).update(
                state=ClaimState.CHECKING,
                next_check_at=now,
                check_attempts=F("check_attempts") + 1,
                exing_answer=None,
                yunshenling_answer=None,
            )
        elif claim.state in _UNPAID:
            hold = Hold(claim=claim, kind=Hold.Kind.PAPER, evidence={"paper": paper_id}, placed_at=now)
            Hold.objects.bulk_create([hold], ignore_conflicts=True)
