"""Handing a case over to those who investigate, and writing down what they decided: two people each time."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit.acting import acting
from core.models import User
from core.shanghai import local_day
from merchants.enforcement.orders import Incomplete, NotNow, OwnProposal
from merchants.models import CorrectionOrder, EnforcementCase, Inspection, Merchant, SamplingLot

State = EnforcementCase.State


@dataclass(frozen=True, slots=True)
class Result:
    """What the investigators decided: amounts in fen, goods in pieces, both only of a penalty."""

    outcome: str
    decision_no: str
    decided_on: date
    fine_fen: int | None = None
    forfeited_fen: int | None = None
    goods: int | None = None


def propose_case(
    *, source: Inspection | SamplingLot, facts: str, handed_to: str, by: User, now: datetime
) -> EnforcementCase:
    """Propose to hand over what an inspection found, with the letter that was not followed, or a lot that failed.

    Raises NotNow, Incomplete.
    """
    with acting("propose_enforcement", by=by, now=now):
        if not facts.strip() or not handed_to.strip():
            raise Incomplete(_("须写明查明的事实和承办机构。"))
        if source.merchant_id is None:
            raise NotNow(_("没有商户的抽查不能移送。"))
        Merchant.objects.select_for_update(no_key=True).get(pk=source.merchant_id)
        about: dict[str, object] = {"lot": source}
        if isinstance(source, Inspection):
            order = source.orders.filter(state=CorrectionOrder.State.ISSUED).first()
            about = {"inspection": source, "order": order}
            ready = bool(source.conclusion) and source.faulty and source.rectified_on is None
        else:
            ready = source.result == SamplingLot.Result.FAILED
        if not ready or source.cases.unended().exists():
            raise NotNow(_("没有可移送的问题，或已有案件在办。"))
        return EnforcementCase.objects.create(
            merchant_id=source.merchant_id,
            facts=facts.strip()[:2000],
            handed_to=handed_to.strip()[:100],
            proposed_by=by,
            proposed_at=now,
            **about,
        )


def open_case(*, case: EnforcementCase, number: str, by: User, now: datetime) -> EnforcementCase:
    """Hand it over, under the number that the investigators gave; a letter that was not followed is escalated by it.

    Raises NotNow, OwnProposal, Incomplete (no number, or one that another case has).
    """
    with acting("open_enforcement", by=by, now=now):
        locked = _locked(case)
        if locked.state != State.PROPOSED:
            raise NotNow(_("这件案件已经办理。"))
        if locked.proposed_by_id == by.pk:
            raise OwnProposal(_("提出人不能移送自己提出的案件。"))
        said = number.strip()[:60]
        if not said or EnforcementCase.objects.filter(number=said).exists():
            raise Incomplete(_("须填写案号，且不能与其他案件相同。"))
        locked.number, locked.state, locked.decided_by, locked.decided_at = said, State.OPEN, by, now
        locked.save(update_fields=["number", "state", "decided_by", "decided_at"])
        if locked.order_id:
            followed = CorrectionOrder.objects.filter(pk=locked.order_id, state=CorrectionOrder.State.ISSUED)
            followed.update(state=CorrectionOrder.State.ESCALATED, ended_at=now)
        return locked


def decline_case(*, case: EnforcementCase, by: User, now: datetime, note: str) -> None:
    """Do not hand it over, or take the own proposal back. Raises NotNow."""
    with acting("decline_enforcement", by=by, now=now, note=note):
        locked = _locked(case)
        if locked.state != State.PROPOSED:
            raise NotNow(_("这件案件已经办理。"))
        locked.state, locked.decided_by, locked.decided_at, locked.ended_at = State.DECLINED, by, now, now
        locked.save(update_fields=["state", "decided_by", "decided_at", "ended_at"])


def write_outcome(*, case: EnforcementCase, result: Result, by: User, now: datetime) -> None:
    """Write down what became of it; another person confirms. Raises NotNow, Incomplete."""
    with acting("write_outcome", by=by, now=now):
        locked = _locked(case)
        if locked.state != State.OPEN:
            raise NotNow(_("这件案件不在查处中。"))
        if result.decided_on > local_day(now):
            raise Incomplete(_("须填写处理结果、决定书文号和不晚于今天的决定日期。"))
        fined = result.outcome == EnforcementCase.Outcome.PENALTY
        locked.state, locked.outcome, locked.outcome_by = State.OUTCOME, result.outcome, by
        locked.decision_no, locked.decided_on = result.decision_no.strip()[:60], result.decided_on
        locked.fine_fen = (result.fine_fen or 0) if fined else None
        locked.forfeited_fen = (result.forfeited_fen or 0) if fined else None
        locked.goods = (result.goods or 0) if fined else None
        try:
            locked.validate_constraints()
        except ValidationError as refusal:
            raise Incomplete(" ".join(refusal.messages)) from None
        locked.save(update_fields=["state", *_OUTCOME])


_OUTCOME = ("outcome", "outcome_by", "decision_no", "decided_on", "fine_fen", "forfeited_fen", "goods")


def close_case(*, case: EnforcementCase, by: User, now: datetime) -> None:
    """Confirm what became of it: the case is closed. Raises NotNow, OwnProposal."""
    with acting("close_enforcement", by=by, now=now):
        locked = _locked(case)
        if locked.state != State.OUTCOME:
            raise NotNow(_("这件案件没有待核对的结果。"))
        if locked.outcome_by_id == by.pk:
            raise OwnProposal(_("登记结果的人不能核对自己的登记。"))
        locked.state, locked.closed_by, locked.ended_at = State.CLOSED, by, now
        locked.save(update_fields=["state", "closed_by", "ended_at"])


def return_outcome(*, case: EnforcementCase, by: User, now: datetime, note: str) -> None:
    """Give an outcome back that is not right; the case is investigated still. Raises NotNow."""
    with acting("return_outcome", by=by, now=now, note=note):
        locked = _locked(case)
        if locked.state != State.OUTCOME:
            raise NotNow(_("这件案件没有待核对的结果。"))
        locked.state, locked.outcome, locked.outcome_by = State.OPEN, "", None
        locked.decision_no, locked.decided_on = "", None
        locked.fine_fen = locked.forfeited_fen = locked.goods = None
        locked.save(update_fields=["state", *_OUTCOME])


def _locked(case: EnforcementCase) -> EnforcementCase:
    Merchant.objects.select_for_update(no_key=True).get(pk=case.merchant_id)
    return EnforcementCase.objects.select_for_update(no_key=True).get(pk=case.pk)
